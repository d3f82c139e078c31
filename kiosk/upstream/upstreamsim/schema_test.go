package upstreamsim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is openapi.yaml, as plain maps and lists.
type document struct{ root map[string]any }

func readDocument(t testing.TB) document {
	t.Helper()
	data, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := yaml.Unmarshal(data, &d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

// at walks the keys from the root.
func (d document) at(keys ...string) map[string]any {
	node := d.root
	for _, k := range keys {
		node = d.resolve(node[k])
	}
	return node
}

// resolve follows a $ref within the document.
func (d document) resolve(node any) map[string]any {
	m, _ := node.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return m
}

// faults lists how value breaks the schema: a small part of JSON Schema, the
// part openapi.yaml uses, and stricter in one thing: a member that is not
// declared is a fault.
func (d document) faults(at string, node, value any) []string {
	s := d.resolve(node)
	if s == nil {
		return []string{at + ": no schema"}
	}
	switch s["type"] {
	case "object":
		return d.objectFaults(at, s, value)
	case "array":
		list, ok := value.([]any)
		if !ok {
			return []string{at + ": not a list"}
		}
		var all []string
		if len(list) > number(s["maxItems"], math.MaxInt) {
			all = append(all, at+": too many items")
		}
		for i, v := range list {
			all = append(all, d.faults(fmt.Sprintf("%s[%d]", at, i), s["items"], v)...)
		}
		return all
	case "string":
		return stringFaults(at, s, value)
	case "integer":
		n, ok := integer(value)
		if !ok || n < number(s["minimum"], math.MinInt) || n > number(s["maximum"], math.MaxInt) {
			return []string{fmt.Sprintf("%s: %v is not an integer in range", at, value)}
		}
		return nil
	case "boolean":
		if _, ok := value.(bool); !ok {
			return []string{at + ": not a boolean"}
		}
		return nil
	}
	return []string{fmt.Sprintf("%s: schema of unknown type %v", at, s["type"])}
}

func (d document) objectFaults(at string, s map[string]any, value any) (all []string) {
	object, ok := value.(map[string]any)
	if !ok {
		return []string{at + ": not an object"}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			all = append(all, fmt.Sprintf("%s: %s is missing", at, name))
		}
	}
	properties := d.resolve(s["properties"])
	for _, name := range slices.Sorted(maps.Keys(object)) {
		p := properties[name]
		if p == nil {
			p = s["additionalProperties"]
		}
		all = append(all, d.faults(at+"."+name, p, object[name])...)
	}
	return all
}

func stringFaults(at string, s map[string]any, value any) (all []string) {
	text, ok := value.(string)
	if !ok {
		return []string{fmt.Sprintf("%s: %v is not a string", at, value)}
	}
	if n := utf8.RuneCountInString(text); n < number(s["minLength"], 0) || n > number(s["maxLength"], math.MaxInt) {
		all = append(all, fmt.Sprintf("%s: %d characters", at, n))
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(text) {
		all = append(all, fmt.Sprintf("%s: %q does not match %s", at, text, p))
	}
	if e, ok := s["enum"].([]any); ok && !slices.Contains(e, any(text)) {
		all = append(all, fmt.Sprintf("%s: %q is none of %v", at, text, e))
	}
	if f, _ := s["format"].(string); !hasFormat(f, text) {
		all = append(all, fmt.Sprintf("%s: %q is no %s", at, text, f))
	}
	return all
}

func hasFormat(format, text string) bool {
	var err error
	switch format {
	case "", "binary", "uuid": // uuid has a pattern beside it
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
		if err == nil && !strings.HasSuffix(text, "Z") {
			return false
		}
	case "uri":
		var u *url.URL
		u, err = url.Parse(text)
		if err == nil && !u.IsAbs() {
			return false
		}
	case "uri-reference":
		_, err = url.Parse(text)
	case "byte":
		_, err = base64.StdEncoding.DecodeString(text)
	default:
		return false
	}
	return err == nil
}

func number(v any, otherwise int) int {
	if n, ok := integer(v); ok {
		return n
	}
	return otherwise
}

// integer accepts what JSON and YAML decoders make of an integer.
func integer(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case float64:
		return int(n), n == math.Trunc(n)
	}
	return 0, false
}

func TestTheSchemaCheckerFindsFaults(t *testing.T) {
	d := readDocument(t)
	period := func(change func(map[string]any)) map[string]any {
		p := map[string]any{"year": 2012, "from": "2012-01-01", "to": "2012-12-31", "employer": "", "kind": "employee", "weeks": 52}
		change(p)
		return p
	}
	for name, p := range map[string]map[string]any{
		"missing":    period(func(p map[string]any) { delete(p, "year") }),
		"undeclared": period(func(p map[string]any) { p["salary"] = 1 }),
		"enum":       period(func(p map[string]any) { p["kind"] = "idle" }),
		"range":      period(func(p map[string]any) { p["weeks"] = 54 }),
		"fraction":   period(func(p map[string]any) { p["weeks"] = 5.5 }),
		"format":     period(func(p map[string]any) { p["from"] = "01/01/2012" }),
		"length":     period(func(p map[string]any) { p["employer"] = strings.Repeat("x", 201) }),
		"type":       period(func(p map[string]any) { p["employer"] = nil }),
	} {
		if len(d.faults("period", d.at("components", "schemas", "Period"), p)) == 0 {
			t.Errorf("%s: no fault found", name)
		}
	}
	if f := d.faults("period", d.at("components", "schemas", "Period"), period(func(map[string]any) {})); f != nil {
		t.Errorf("control: %v", f)
	}
}
