package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.claudejob.testing.ApiServer;
import org.junit.jupiter.api.Test;

class KubernetesTypesIT {
    @Test
    void theCommittedSchemasAreTheApiserversOwn() throws Exception {
        String openApi = ApiServer.shared().client().raw("/openapi/v3/api/v1");
        Golden.check(
                "src/test/resources/dev/claudejob/api/crd/kubernetes-types.json",
                KubernetesTypes.of(new ObjectMapper().readTree(openApi)).json());
    }
}
