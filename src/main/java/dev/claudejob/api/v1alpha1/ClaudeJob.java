package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** One run of headless Claude Code: what to ask, with which credential, on which workspace; and in status what came of it. */
@Group(ClaudeJob.GROUP)
@Version(ClaudeJob.VERSION)
@Kind("ClaudeJob")
@Plural("claudejobs")
@ShortNames("cjob")
@Categories("claude")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.reason")
@AdditionalPrinterColumn(name = "Credential", jsonPath = ".status.credential.name")
@AdditionalPrinterColumn(name = "Turns", jsonPath = ".status.usage.turns", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Cost", jsonPath = ".status.usage.costUSD")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Model", jsonPath = ".spec.model", priority = 1)
@AdditionalPrinterColumn(
        name = "Attempt",
        jsonPath = ".status.attempt",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Duration",
        jsonPath = ".status.durationSeconds",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Session", jsonPath = ".status.session.id", priority = 1)
public final class ClaudeJob extends CustomResource<ClaudeJobSpec, @Nullable ClaudeJobStatus> implements Namespaced {
    public static final String GROUP = "claudejob.dev";
    public static final String VERSION = "v1alpha1";

    /** {@code apiVersion} of every ClaudeJob. */
    public static final String API_VERSION = GROUP + "/" + VERSION;

    private static final long serialVersionUID = 1L;

    @Override
    protected @Nullable ClaudeJobSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable ClaudeJobStatus initStatus() {
        return null;
    }
}
