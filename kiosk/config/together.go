package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// together checks what no line shows alone.
func (c *checker) together(top *yaml.Node) {
	officers := find(top, "officers")
	for _, name := range []string{"pseudonym", "certificate_sha256"} {
		c.different(officers, name)
	}
	if v := find(find(top, "session"), "presence_required"); v != nil && v.ShortTag() == "!!bool" && v.Value == "true" && items(officers) == 0 {
		c.report(v, "session.presence_required", "is true, but no officer is listed: the terminal would never open",
			"list an officer under officers, or write false")
	}
	ui, control := find(find(top, "sockets"), "ui"), find(find(top, "sockets"), "control")
	if ui != nil && control != nil && ui.Value == control.Value {
		c.report(control, "sockets.control", fmt.Sprintf("is the same as sockets.ui in line %d", ui.Line), "allowed: another path")
	}
}

// different reports officers who share what must tell them apart.
func (c *checker) different(officers *yaml.Node, name string) {
	first := map[string]int{}
	for i := range items(officers) {
		v := find(officers.Content[i], name)
		if v == nil || v.Kind != yaml.ScalarNode {
			continue
		}
		if line, ok := first[v.Value]; ok {
			c.report(v, fmt.Sprintf("officers[%d].%s", i+1, name), fmt.Sprintf("is the same as in line %d", line), "each officer needs another")
			continue
		}
		first[v.Value] = v.Line
	}
}

func items(v *yaml.Node) int {
	if v == nil || v.Kind != yaml.SequenceNode {
		return 0
	}
	return len(v.Content)
}

// find is the value of a key, nil when there is none.
func find(v *yaml.Node, name string) *yaml.Node {
	if v == nil || v.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		if v.Content[i].Value == name {
			return v.Content[i+1]
		}
	}
	return nil
}
