package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the user asks for. Once an attempt is on record nothing of it may change that its Pod was made from. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.prompt) != has(self.promptFrom)",
        message = "set exactly one of prompt and promptFrom")
@ValidationRule(
        value = "!has(self.agent) || !has(self.agent.permissionMode) || self.agent.permissionMode != 'auto'"
                + " || self.credentialDelivery == 'Env'",
        message =
                "agent.permissionMode auto needs a check by the vendor's server that the helper's proxy does not offer:"
                        + " choose another mode, or credentialDelivery: Env")
@ValidationRule(
        value = "!has(self.limits) || !has(self.limits.maxOutputTokens) || self.credentialDelivery != 'Env'",
        message =
                "limits.maxOutputTokens is kept by the helper, which sees no request under credentialDelivery: Env: use"
                        + " credentialDelivery: Helper, or limits.maxCostUSD")
@ValidationRule(
        value = "self.credentialDelivery == 'Env' || !self.credentials.exists(c, has(c.bedrock)"
                + " && (has(c.bedrock.accessKeys) || has(c.bedrock.podIdentity)))",
        message =
                "bedrock.accessKeys and bedrock.podIdentity sign each request inside Claude Code, so the helper can't hold"
                        + " them: set credentialDelivery: Env, or use bedrock.bearerToken")
@ValidationRule(
        value = "self.credentialDelivery == 'Env' || !self.credentials.exists(c, has(c.vertex))",
        message =
                "vertex fetches its tokens inside Claude Code, so the helper can't hold it: set credentialDelivery: Env")
@ValidationRule(
        value = "self.credentialDelivery != 'Env' || !self.credentials.exists(c, has(c.claudeHome))",
        message =
                "claudeHome holds a login that only the helper keeps from the agent: set credentialDelivery: Helper, or use"
                        + " oauthToken")
@ValidationRule(
        value = "self.credentials.filter(c, has(c.claudeHome)).size() <= 1",
        message =
                "credentials may list one claudeHome, because the agent has one home, with one settings.json: use oauthToken for"
                        + " the others")
@ValidationRule(
        value = "self.credentialDelivery != 'Env' || !self.credentials.exists(c, has(c.workloadIdentity))",
        message =
                "workloadIdentity is exchanged by the helper, so that the agent holds no token: set credentialDelivery: Helper")
@ValidationRule(
        value =
                "!self.credentials.exists(c, has(c.bedrock) || has(c.vertex) || has(c.foundry)) || !has(self.agent) || !has(self.agent.env)"
                        + " || !self.agent.env.exists(e, e.name.matches('^(?i)(AWS|AZURE|GOOGLE|GCLOUD|GCE|CLOUDSDK|CLOUD_ML|VERTEX)_'))",
        message =
                "agent.env must not set a variable of a cloud, such as AWS_*, AZURE_* or GOOGLE_*, beside a credential of a cloud: it could change who is billed")
@ValidationRule(
        value = "!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)",
        message = "a cancelled job stays cancelled: create a new ClaudeJob to run again")
public record ClaudeJobSpec(
        @JsonPropertyDescription(
                "What to ask, given to `claude -p` on its standard input. A prompt that is too long for this goes into a"
                        + " ConfigMap or a Secret, by promptFrom.")
        @Size(max = 60000)
        @ValidationRule(value = "!self.matches(r'^\\s*$')", message = "prompt must not be blank")
        @Nullable
        String prompt,

        @JsonPropertyDescription("Where to read the prompt from, instead of prompt.") @Nullable
        PromptSource promptFrom,

        @JsonPropertyDescription(
                "The model, by alias or full name, as `claude --model` takes it. Without it Claude Code chooses, and"
                        + " its choice differs by kind of credential.")
        @Size(max = 200)
        @ValidationRule(
                value = "self.matches(r'^[A-Za-z0-9][A-Za-z0-9._:/@\\[\\]-]*$')",
                message = "model must be a model's name or alias, such as claude-sonnet-4-5 or opus")
        @Nullable
        String model,

        @JsonPropertyDescription(
                "The credentials, in order of preference. When one has reached its usage limit, is refused or can't pay, the next is used:"
                        + " in the same run where it can be, else by the next attempt.")
        @Required
        @Size(min = 1, max = 8)
        List<Credential> credentials,

        @JsonPropertyDescription(
                "How the credential reaches Claude Code. Helper: a sidecar adds it to each request, and the agent never"
                        + " holds it. Env: a plain environment variable, which the agent can read.")
        @Default("Helper")
        @Nullable
        CredentialDelivery credentialDelivery,

        @JsonPropertyDescription("How Claude Code works on the prompt: its limits, tools, permissions and output.")
        @Nullable
        Agent agent,

        @JsonPropertyDescription("What lies in the working directory, /workspace. Without it, it is empty.") @Nullable
        Workspace workspace,

        @JsonPropertyDescription(
                "How long the job may run, in seconds of running time; waiting for a node, an image or a credential"
                        + " does not count. No limit by default.")
        @Min(1)
        @Max(2592000)
        @Nullable
        Long activeDeadlineSeconds,

        @JsonPropertyDescription(
                "Set to true to stop the job for good: a running agent is interrupted, and what it did is recorded.")
        @Nullable
        Boolean cancel,

        @JsonPropertyDescription(
                "Delete the job this many seconds after it has finished. By default it is kept. Under GitOps a deleted"
                        + " job is created again, and paid again.")
        @Min(0)
        @Max(31536000)
        @Nullable
        Long ttlSecondsAfterFinished,

        @JsonPropertyDescription(
                "When a failed attempt is followed by another. By default, 2 retries for passing reasons.")
        @Nullable
        Retry retry,

        @JsonPropertyDescription("What the job may spend, over all its attempts. No limit by default.") @Nullable
        Limits limits,

        @JsonPropertyDescription("What may be changed of the Pod that runs the job.") @Nullable
        PodTemplate template) {

    /** True once the user has asked for the job to stop. */
    public boolean cancelRequested() {
        return Boolean.TRUE.equals(cancel);
    }

    /** The same with other credentials. */
    public ClaudeJobSpec withCredentials(List<Credential> others) {
        return new ClaudeJobSpec(
                prompt,
                promptFrom,
                model,
                others,
                credentialDelivery,
                agent,
                workspace,
                activeDeadlineSeconds,
                cancel,
                ttlSecondsAfterFinished,
                retry,
                limits,
                template);
    }

    /** The delivery in force: {@link CredentialDelivery#Helper} unless the user chose otherwise. */
    public CredentialDelivery delivery() {
        return credentialDelivery == null ? CredentialDelivery.Helper : credentialDelivery;
    }

    /** The retries in force: {@link Retry#DEFAULT} where the user said nothing. */
    public Retry retries() {
        if (retry == null) {
            return Retry.DEFAULT;
        }
        return new Retry(
                Objects.requireNonNullElse(retry.limit(), Retry.DEFAULT.limit()),
                Objects.requireNonNullElse(retry.backoffSeconds(), Retry.DEFAULT.backoffSeconds()),
                Objects.requireNonNullElse(retry.maxBackoffSeconds(), Retry.DEFAULT.maxBackoffSeconds()),
                Objects.requireNonNullElse(retry.onUsageLimit(), Retry.DEFAULT.onUsageLimit()));
    }
}
