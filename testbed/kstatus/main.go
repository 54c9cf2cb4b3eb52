// Command kstatus reads Kubernetes objects from standard input, as JSON or YAML documents, and prints what cli-utils' kstatus, which Flux and
// kpt wait by, makes of each: one line of JSON for each object.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	documents := yaml.NewYAMLOrJSONDecoder(in, 4096)
	lines := json.NewEncoder(out)
	for {
		var document json.RawMessage
		if err := documents.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(document); err != nil {
			return err
		}
		result, err := status.Compute(&object)
		if err != nil {
			return err
		}
		if err := lines.Encode(map[string]string{"status": result.Status.String(), "message": result.Message}); err != nil {
			return err
		}
	}
}
