package upstreamsim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rule is one rule of italia/api-oas-checker-rules (April 2026) at level error, by
// its name there: what breaks it in a document, and a document that does.
type rule struct {
	name   string
	faults func(d document) []string
	spoil  func(d document)
}

// none of these is a matter of taste: a contract that breaks one is not published
// in the catalogue of public APIs.
var rules = []rule{
	{"no-swagger-2", func(d document) []string {
		return unless(d.root["swagger"] == nil && strings.HasPrefix(d.root["openapi"].(string), "3.0."), "not OpenAPI 3.0")
	}, func(d document) { d.root["swagger"] = "2.0" }},
	{"use-semver", func(d document) []string {
		return unless(regexp.MustCompile(`^\d+\.\d+\.\d+(-[a-z0-9+.-]+)?$`).MatchString(d.at("info")["version"].(string)), "version")
	}, func(d document) { d.at("info")["version"] = "1" }},
	{
		"has-x-summary", func(d document) []string { return unless(d.at("info")["x-summary"] != nil, "x-summary") },
		func(d document) { delete(d.at("info"), "x-summary") },
	},
	{
		"has-contact", func(d document) []string { return unless(d.at("info", "contact") != nil, "contact") },
		func(d document) { delete(d.at("info"), "contact") },
	},
	{"servers-use-https", func(d document) (all []string) {
		for _, s := range d.root["servers"].([]any) {
			all = append(all, unless(strings.HasPrefix(d.resolve(s)["url"].(string), "https://"), "a server without TLS")...)
		}
		return all
	}, func(d document) { d.resolve(d.root["servers"].([]any)[0])["url"] = "http://inps.example" }},
	{"servers-description", func(d document) (all []string) {
		for _, s := range d.root["servers"].([]any) {
			all = append(all, unless(d.resolve(s)["description"] != nil, "a server without description")...)
		}
		return all
	}, func(d document) { delete(d.resolve(d.root["servers"].([]any)[0]), "description") }},
	{
		"paths-status", func(d document) []string { return unless(d.at("paths", "/status") != nil, "no /status") },
		func(d document) { delete(d.at("paths"), "/status") },
	},
	{"paths-status-return-json", func(d document) []string {
		return d.otherThan(d.at("paths", "/status", "get", "responses", "200", "content"), "application/json", "application/problem+json")
	}, func(d document) {
		d.at("paths", "/status", "get", "responses", "200", "content")["text/plain"] = map[string]any{}
	}},
	{"paths-status-return-problem", func(d document) (all []string) {
		for status, r := range d.at("paths", "/status", "get", "responses") {
			if isError(status) {
				all = append(all, d.otherThan(d.resolve(d.resolve(r)["content"]), "application/problem+json")...)
			}
		}
		return all
	}, func(d document) {
		d.resolve(d.at("paths", "/status", "get", "responses", "503")["content"])["text/html"] = map[string]any{}
	}},
	{"use-problem-json-for-errors", func(d document) (all []string) {
		d.eachResponse(func(at, status string, r map[string]any) {
			if isError(status) {
				all = append(all, d.otherThan(d.resolve(r["content"]), "application/problem+json", "application/problem+xml")...)
				all = append(all, unless(r["content"] != nil, at+": an error without a problem")...)
			}
		})
		return all
	}, func(d document) {
		d.at("components", "responses", "Grant", "content")["application/json"] = map[string]any{}
	}},
	{"http-response-no-content-204-205", func(d document) (all []string) {
		d.eachResponse(func(at, status string, r map[string]any) {
			all = append(all, unless(status != "204" && status != "205" || r["content"] == nil, at)...)
		})
		return all
	}, func(d document) {
		d.at("paths", "/status", "get", "responses")["204"] = map[string]any{"content": map[string]any{}}
	}},
	{"http-request-GET-no-body", func(d document) (all []string) {
		d.operations(func(method, path string, op map[string]any) {
			all = append(all, unless(method != "GET" || op["requestBody"] == nil, path)...)
		})
		return all
	}, func(d document) { d.at("paths", "/slots", "get")["requestBody"] = map[string]any{} }},
	{
		"number-format", func(d document) []string { return d.withoutFormat("number") },
		func(d document) { d.at("components", "schemas", "Status")["properties"] = numberAs("number") },
	},
	{
		"integer-format", func(d document) []string { return d.withoutFormat("integer") },
		func(d document) { d.at("components", "schemas", "Status")["properties"] = numberAs("integer") },
	},
	{"no-forbidden-headers", func(d document) (all []string) {
		forbidden := regexp.MustCompile(`(?i)^(accept|content-type|authorization)$`)
		d.eachParameter(func(at string, p map[string]any) {
			all = append(all, unless(p["in"] != "header" || !forbidden.MatchString(p["name"].(string)), at)...)
		})
		d.eachResponse(func(at, _ string, r map[string]any) {
			for name := range d.resolve(r["headers"]) {
				all = append(all, unless(!forbidden.MatchString(name), at+" "+name)...)
			}
		})
		return all
	}, func(d document) {
		d.at("components", "parameters", "Id")["in"], d.at("components", "parameters", "Id")["name"] = "header", "Authorization"
	}},
	{"sec-apikeys-url", func(d document) (all []string) {
		for name, s := range d.at("components", "securitySchemes") {
			all = append(all, unless(d.resolve(s)["type"] != "apiKey" || d.resolve(s)["in"] != "query", name)...)
		}
		return all
	}, func(d document) {
		d.at("components", "securitySchemes")["citizen"] = map[string]any{"type": "apiKey", "in": "query"}
	}},
	{"sec-credentials-parameters", func(d document) (all []string) {
		d.eachParameter(func(at string, p map[string]any) {
			credential := regexp.MustCompile(`(?i)password|secret|apikey|token|code|fiscale`).MatchString(p["name"].(string))
			all = append(all, unless(p["in"] != "query" && p["in"] != "path" || !credential, at)...)
		})
		return all
	}, func(d document) { d.at("components", "parameters", "Id")["name"] = "secret" }},
	{"sec-securitySchemes-oauth", func(d document) (all []string) {
		for name, s := range d.at("components", "securitySchemes") {
			all = append(all, unless(d.resolve(s)["type"] != "oauth2", name+": the token endpoint is an operation here")...)
		}
		return all
	}, func(d document) { d.at("components", "securitySchemes")["citizen"] = map[string]any{"type": "oauth2"} }},
	{"patch-media-type, patch-without-request-body", func(d document) (all []string) {
		d.operations(func(method, path string, _ map[string]any) { all = append(all, unless(method != "PATCH", path)...) })
		return all
	}, func(d document) { d.at("paths", "/status")["patch"] = map[string]any{} }},
	{"ratelimit-429-completeness", func(d document) (all []string) {
		d.eachResponse(func(at, status string, r map[string]any) {
			headers := d.resolve(r["headers"])
			for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
				all = append(all, unless(status != "429" || headers[name] != nil, at+": no "+name)...)
			}
			all = append(all, unless(status != "429" && status != "503" || headers["Retry-After"] != nil, at+": no Retry-After")...)
		})
		return all
	}, func(d document) { delete(d.at("components", "responses", "TooMany", "headers"), "X-RateLimit-Reset") }},
	{"oas3-valid-media-example", func(d document) (all []string) {
		d.eachResponse(func(at, _ string, r map[string]any) {
			for media, node := range d.resolve(r["content"]) {
				if example := d.resolve(node)["example"]; example != nil {
					all = append(all, d.faults(at+" "+media, d.resolve(node)["schema"], onTheWire(example))...)
				}
			}
		})
		return all
	}, func(d document) {
		d.at("paths", "/status", "get", "responses", "200", "content", "application/json")["example"] = map[string]any{"status": "down"}
	}},
}

func TestTheContractKeepsTheRulesOfItalianPublicAPIs(t *testing.T) {
	for _, r := range rules {
		if faults := r.faults(readDocument(t)); len(faults) > 0 {
			t.Errorf("%s: %v", r.name, faults)
		}
		spoiled := readDocument(t)
		r.spoil(spoiled)
		if len(r.faults(spoiled)) == 0 {
			t.Errorf("%s: a document that breaks the rule passes", r.name)
		}
	}
}

// What the rules leave to taste, and this contract holds to.
func TestEveryOperationIsDescribedAndNothingStandsInAQuery(t *testing.T) {
	d, ids := readDocument(t), map[string]bool{}
	d.operations(func(method, path string, op map[string]any) {
		id, _ := op["operationId"].(string)
		if id == "" || ids[id] || op["summary"] == nil || op["description"] == nil || op["tags"] == nil {
			t.Errorf("%s %s: not described, or not by a name of its own", method, path)
		}
		ids[id] = true
		if !regexp.MustCompile(`^(/([a-z]+(-[a-z]+)*|\{[a-z]+\}))+$`).MatchString(path) {
			t.Errorf("%s: not in kebab case", path)
		}
	})
	d.eachParameter(func(at string, p map[string]any) {
		if p["in"] == "query" {
			t.Errorf("%s stands in the query", at)
		}
	})
}

func unless(ok bool, fault string) []string {
	if ok {
		return nil
	}
	return []string{fault}
}

func isError(status string) bool { return status >= "400" }

func numberAs(kind string) map[string]any {
	return map[string]any{"n": map[string]any{"type": kind}}
}

// otherThan lists the media types that are not among those allowed.
func (d document) otherThan(content map[string]any, allowed ...string) (all []string) {
	for media := range content {
		if !slices.Contains(allowed, media) {
			all = append(all, media)
		}
	}
	return all
}

// withoutFormat lists the schemas of the kind that do not say which.
func (d document) withoutFormat(kind string) (all []string) {
	var walk func(at string, node any)
	walk = func(at string, node any) {
		switch n := node.(type) {
		case []any:
			for i, v := range n {
				walk(fmt.Sprintf("%s/%d", at, i), v)
			}
		case map[string]any:
			if n["type"] == kind && n["format"] == nil {
				all = append(all, at)
			}
			for k, v := range n {
				walk(at+"/"+k, v)
			}
		}
	}
	walk("", d.root)
	return all
}

func (d document) eachResponse(f func(at, status string, response map[string]any)) {
	d.operations(func(method, path string, op map[string]any) {
		responses := d.resolve(op["responses"])
		for _, status := range slices.Sorted(maps.Keys(responses)) {
			f(method+" "+path+" "+status, status, d.resolve(responses[status]))
		}
	})
}

func (d document) eachParameter(f func(at string, parameter map[string]any)) {
	for path := range d.at("paths") {
		item := d.at("paths", path)
		list, _ := item["parameters"].([]any)
		for _, method := range methods {
			own, _ := d.resolve(item[method])["parameters"].([]any)
			list = append(slices.Clone(list), own...)
		}
		for _, node := range list {
			p := d.resolve(node)
			f(fmt.Sprint(path, " ", p["name"]), p)
		}
	}
}
