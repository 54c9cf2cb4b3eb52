package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A public git repository. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitWorkspace(
        @JsonPropertyDescription(
                "The repository's address: https://, http:// or git://. It must be readable without signing in.")
        @Required
        @Size(max = 2048)
        @ValidationRule(
                value = "self.matches(r'^(https?|git)://[A-Za-z0-9\\[][!-\\[\\]-~]*$')",
                message =
                        "url must begin with https://, http:// or git:// and a host's name, and hold no space and no backslash; other than"
                                + " ASCII characters must be percent-encoded")
        @ValidationRule(
                value = "!self.matches('^[a-z]+://[^/]*@')",
                message = "url must not hold a user or a password: anyone who can read the ClaudeJob could read it")
        String url,

        @JsonPropertyDescription("A branch, tag or commit. The repository's default branch without it.")
        @Size(max = 255)
        @ValidationRule(
                value = "self.matches(r'^[\\p{L}\\p{N}_][^\\p{C}\\p{Z}~^:?*\\[\\\\]*$')"
                        + " && !self.matches(r'[.][.]|@[{]|//|/[.]|[./]$|[.]lock(/|$)')",
                message = "ref must be the name of a branch, a tag or a commit")
        @Nullable
        String ref,

        @JsonPropertyDescription("How many commits of history to fetch. 1 by default; 0 fetches all.")
        @Min(0)
        @Max(1000000)
        @Nullable
        Integer depth) {}
