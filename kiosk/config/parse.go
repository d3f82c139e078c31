package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse reads the file as one plain YAML document, or reports why it is not one
// and returns nil. Anchors, aliases and tags are refused: they make a file that
// means something else than it says.
func (c *checker) parse(src []byte) *yaml.Node {
	c.bytes(&src)
	if len(c.problems) > 0 {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		c.report(&yaml.Node{}, "", "the file holds no settings", "begin with a copy of config.example.yaml")
		return nil
	case err != nil:
		c.syntax(src, err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case errors.Is(err, io.EOF):
	case err != nil:
		c.syntax(src, err)
		return nil
	default:
		c.report(&next, "", "a second document begins after ---", "keep one document: delete the line --- and merge")
	}
	c.plain(&doc, "")
	if len(c.problems) > 0 {
		return nil
	}
	return doc.Content[0]
}

// bytes refuses what YAML could not read, in words that name the invisible.
func (c *checker) bytes(src *[]byte) {
	if rest, ok := bytes.CutPrefix(*src, []byte("\xef\xbb\xbf")); ok {
		c.report(&yaml.Node{}, "", "an invisible mark (BOM) stands before the first letter", `save the file as "UTF-8 without BOM"`)
		*src = rest
	}
	for i, line := range strings.Split(string(*src), "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		rest := strings.TrimSpace(line)
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 && rest != "" && rest[0] != '#' {
			c.report(&yaml.Node{Line: i + 1, Column: tab + 1}, "", "a tab stands in the indentation", "use spaces")
		}
		if !utf8.ValidString(line) {
			c.report(&yaml.Node{Line: i + 1}, "", "a letter is not in UTF-8", "save the file as UTF-8")
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

// syntax turns the parser's complaint into a place and a sentence. The parser
// tells the line only; the column is where that line's text begins.
func (c *checker) syntax(src []byte, err error) {
	at, what := &yaml.Node{Line: 1}, err.Error()
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		at.Line, _ = strconv.Atoi("0" + m[1])
		what = m[2]
	}
	lines := strings.Split(string(src), "\n")
	at.Line = min(max(1, at.Line), len(lines))
	line := lines[at.Line-1]
	at.Column = 1 + len(line) - len(strings.TrimLeft(line, " "))
	c.report(at, "", "this line, or one just above it, is not YAML: "+what,
		"look for a missing colon or quote, and for lines that do not begin below their neighbours")
}

// plain refuses anchors, aliases and tags wherever they stand.
func (c *checker) plain(v *yaml.Node, path string) {
	switch {
	case v.Kind == yaml.AliasNode:
		c.report(v, path, fmt.Sprintf("*%s repeats something from elsewhere", v.Value), "write the value itself")
		return
	case v.Anchor != "":
		c.report(v, path, fmt.Sprintf("&%s marks a value for use elsewhere", v.Anchor), "delete the mark")
	case v.Style&yaml.TaggedStyle != 0:
		c.report(v, path, v.Tag+" changes what the value is", "delete it; put text in quotes instead")
	}
	if v.Kind != yaml.MappingNode {
		for _, item := range v.Content {
			c.plain(item, path)
		}
		return
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		c.plain(v.Content[i], path)
		c.plain(v.Content[i+1], join(path, v.Content[i].Value))
	}
}
