package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Check returns every problem of a configuration file, in the order of its
// lines. The path is only for the messages; src is the file's content.
func Check(path string, src []byte) []Problem {
	c := &checker{file: path}
	if doc := c.parse(src); doc != nil {
		c.document(doc)
	}
	return inOrder(c.problems)
}

// checker walks a file and collects what is wrong with it.
type checker struct {
	file     string
	problems []Problem
}

func (c *checker) report(at *yaml.Node, key, what, allowed string) {
	c.problems = append(c.problems, Problem{
		File: c.file, Line: max(1, at.Line), Column: max(1, at.Column), Key: key, What: what, Allowed: allowed,
	})
}

// document checks the one document of the file. A file of another version is
// not read further: its other keys would only seem wrong.
func (c *checker) document(top *yaml.Node) {
	if top.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(top.Content); i += 2 {
			name, v := top.Content[i], top.Content[i+1]
			if name.Value != "version" || v.Kind != yaml.ScalarNode {
				continue
			}
			if n, what := decimal(v); what == "" && n != version {
				c.report(v, "version", fmt.Sprintf("%d is not the version this program knows", n),
					fmt.Sprintf("allowed: %d; for another version install the program that goes with it", version))
				return
			}
		}
	}
	c.section(top, "", root, top)
	c.together(top)
}

// section checks a mapping against its branch. Missing keys are reported at the
// key that opened the section.
func (c *checker) section(v *yaml.Node, path string, b *branch, opened *yaml.Node) {
	if v.Kind == yaml.ScalarNode && v.ShortTag() == "!!null" {
		c.missing(opened, path, b, nil)
		return
	}
	if v.Kind != yaml.MappingNode {
		c.report(v, path, "is "+kindOf(v)+", not a section", "allowed below it: "+strings.Join(b.names, ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(v.Content); i += 2 {
		name, value := v.Content[i], v.Content[i+1]
		full := join(path, name.Value)
		child, known := b.below[name.Value]
		first, again := seen[name.Value]
		switch {
		case name.Kind != yaml.ScalarNode:
			c.report(name, path, "has "+kindOf(name)+" in place of a key", "allowed: "+strings.Join(b.names, ", "))
		case !known || !isText(name):
			if guess := c.unknown(name, full, b); guess != "" && seen[guess] == 0 {
				seen[guess] = name.Line // misspelt, so not missing as well
			}
		case again:
			c.report(name, full, fmt.Sprintf("stands twice, first in line %d", first), "keep one of them")
		default:
			seen[name.Value] = name.Line
			c.value(name, value, full, child)
		}
	}
	c.missing(opened, path, b, seen)
}

// unknown reports a key that does not exist, and returns the one that was
// probably meant.
func (c *checker) unknown(name *yaml.Node, full string, b *branch) (guess string) {
	if section, rest, ok := strings.Cut(name.Value, "."); ok && b.knows(name.Value) {
		c.report(name, full, "is two keys in one",
			fmt.Sprintf("write %q in a line of its own and %q below it, indented", section+":", rest+":"))
		return ""
	}
	c.report(name, full, "is not a key that exists here"+didYouMean(name.Value, b.names), "allowed here: "+strings.Join(b.names, ", "))
	return closest(name.Value, b.names)
}

// missing reports required keys that are not there, whole sections included.
func (c *checker) missing(opened *yaml.Node, path string, b *branch, seen map[string]int) {
	for _, name := range b.names {
		child := b.below[name]
		switch _, ok := seen[name]; {
		case ok:
		case child.items && child.some:
			c.report(opened, join(path, name), "is missing", child.asItems())
		case child.items, child.whole: // an absent list is an empty one
		case child.leaf == nil:
			if need := child.required(); len(need) > 0 {
				c.report(opened, join(path, name), "is missing", "this section must hold: "+strings.Join(need, ", "))
			}
		case child.leaf.required:
			c.report(opened, join(path, name), "is missing", allowedBy(child.leaf.rule))
		}
	}
}

// allowedBy asks a rule what it allows by showing it what no rule accepts.
func allowedBy(r rule) string {
	_, allowed := r(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"})
	return allowed
}

// value checks what stands behind a key.
func (c *checker) value(name, v *yaml.Node, path string, b *branch) {
	switch {
	case b.leaf == nil && b.items:
		c.items(v, path, b)
	case b.leaf == nil:
		c.section(v, path, b, name)
	case b.leaf.list:
		c.list(v, path, b.leaf)
	default:
		c.scalar(v, path, b.leaf)
	}
}

// asItems says how a list of sections is written.
func (b *branch) asItems() string {
	return "begin each item with a dash; its keys: " + strings.Join(b.names, ", ")
}

// items checks a list of sections.
func (c *checker) items(v *yaml.Node, path string, b *branch) {
	switch {
	case b.some && (v.Kind == yaml.ScalarNode && v.ShortTag() == "!!null" || v.Kind == yaml.SequenceNode && len(v.Content) == 0):
		c.report(v, path, "is empty", b.asItems())
	case v.Kind == yaml.ScalarNode && v.ShortTag() == "!!null":
	case v.Kind != yaml.SequenceNode:
		c.report(v, path, "is "+kindOf(v)+", not a list", b.asItems())
	default:
		for i, item := range v.Content {
			c.section(item, fmt.Sprintf("%s[%d]", path, i+1), b, item)
		}
	}
}

// list checks a list of plain values.
func (c *checker) list(v *yaml.Node, path string, k *key) {
	switch {
	case v.Kind == yaml.ScalarNode && v.ShortTag() == "!!null":
	case v.Kind != yaml.SequenceNode:
		c.report(v, path, "is "+kindOf(v)+", not a list", `write it as ["first", "second"]`)
	default:
		for i, item := range v.Content {
			c.scalar(item, fmt.Sprintf("%s[%d]", path, i+1), k)
		}
	}
}

// scalar checks one plain value. An empty line keeps the default, unless the
// key is required.
func (c *checker) scalar(v *yaml.Node, path string, k *key) {
	switch {
	case v.Kind != yaml.ScalarNode:
		c.report(v, path, "is "+kindOf(v)+", not a single value", allowedBy(k.rule))
	case v.ShortTag() == "!!null" && (k.required || k.list):
		c.report(v, path, "is empty", allowedBy(k.rule))
	case v.ShortTag() == "!!null":
		c.report(v, path, "is empty", "delete the line to keep the default, or: "+allowedBy(k.rule))
	default:
		if what, allowed := k.rule(v); what != "" {
			c.report(v, path, what, allowed)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func kindOf(v *yaml.Node) string {
	switch v.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}
