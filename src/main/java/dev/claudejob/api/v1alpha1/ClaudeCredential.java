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

/** A credential that the jobs of a namespace share: how many may use it at once, and in status whether it works. */
@Group(ClaudeJob.GROUP)
@Version(ClaudeJob.VERSION)
@Kind("ClaudeCredential")
@Plural("claudecredentials")
@ShortNames("ccred")
@Categories("claude")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "Active", jsonPath = ".status.activeJobs", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Max",
        jsonPath = ".spec.maxConcurrentJobs",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Waiting",
        jsonPath = ".status.waitingJobs",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Limited-Until", jsonPath = ".status.limitedUntil")
@AdditionalPrinterColumn(
        name = "Used%",
        jsonPath = ".status.utilization[0].percent",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Last-Error", jsonPath = ".status.lastError.reason")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Kind", jsonPath = ".status.kind", priority = 1)
@AdditionalPrinterColumn(name = "Billing", jsonPath = ".status.billing", priority = 1)
@AdditionalPrinterColumn(name = "Expires", jsonPath = ".status.expiresAt", priority = 1)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1)
public final class ClaudeCredential extends CustomResource<ClaudeCredentialSpec, @Nullable ClaudeCredentialStatus>
        implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    protected @Nullable ClaudeCredentialSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable ClaudeCredentialStatus initStatus() {
        return null;
    }
}
