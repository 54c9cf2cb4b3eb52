// CoreDNS with only the plugins that a test cluster needs: the full set would pull in every cloud provider's SDK.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
)

// The order is the order of the plugin chain, not of the Corefile.
func init() { dnsserver.Directives = []string{"bind", "ready", "errors", "cache", "hosts", "kubernetes"} }

func main() { coremain.Run() }
