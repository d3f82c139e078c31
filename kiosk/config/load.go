package config

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// Load reads the file at path. Above it stand the variables PUE_<SECTION>_<KEY>
// of the environment, below it the defaults. The error is an *InvalidError when
// the configuration is readable and wrong.
func Load(path string) (*Config, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if problems := append(Check(path, src), checkEnvironment(os.Environ())...); len(problems) > 0 {
		return nil, &InvalidError{problems}
	}
	return merge(src)
}

// merge lets viper lay the environment over the file over the defaults. It sees
// only what the strict pass has accepted: alone it reads true as 1, 001272 as
// 698, and ignores what it does not know.
func merge(src []byte) (*Config, error) {
	v := viper.New()
	v.SetConfigType("yaml")
	for _, k := range keys {
		if strings.Contains(k.path, "[]") {
			continue
		}
		if k.def != nil {
			v.SetDefault(k.path, k.def)
		}
		if !k.list {
			if err := v.BindEnv(k.path, variable(k.path)); err != nil {
				return nil, fmt.Errorf("binding %s to the environment: %w", k.path, err)
			}
		}
	}
	if err := v.ReadConfig(bytes.NewReader(src)); err != nil {
		return nil, fmt.Errorf("merging the configuration: %w", err)
	}
	if v.GetString("printer.baud") == "auto" {
		v.Set("printer.baud", 0)
	}
	c := new(Config)
	if err := v.UnmarshalExact(c); err != nil {
		return nil, fmt.Errorf("merging the configuration: %w", err)
	}
	return c, nil
}

// variable is the name in the environment that overrides a key.
func variable(path string) string {
	return "PUE_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// checkEnvironment judges the variables that override keys by the same rules as
// the file, and refuses those that only seem to: PUE_PRINTER_BUAD. A variable
// that is set and empty overrides nothing.
func checkEnvironment(environ []string) []Problem {
	byVariable, names := map[string]key{}, []string(nil)
	for _, k := range keys {
		byVariable[variable(k.path)] = k
		names = append(names, k.path)
	}
	var problems []Problem
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		k, known := byVariable[name]
		switch {
		case value == "" || !known && !ofSection(name):
		case !known:
			guess := strings.Replace(strings.ToLower(strings.TrimPrefix(name, "PUE_")), "_", ".", 1)
			problems = append(problems, Problem{
				Variable: name, What: "overrides no key" + didYouMean(guess, names), Allowed: "unset it, or correct its name",
			})
		case k.list:
			problems = append(problems, Problem{Variable: name, Key: k.path, What: "a list cannot be set here", Allowed: "set it in the file"})
		default:
			if what, allowed := k.rule(asWritten(k, value)); what != "" {
				problems = append(problems, Problem{Variable: name, Key: k.path, What: what, Allowed: allowed})
			}
		}
	}
	return problems
}

// ofSection reports whether a variable is named like a key of one of the
// sections; other programs of the terminal may use other PUE_ names.
func ofSection(name string) bool {
	for _, section := range root.names {
		if strings.HasPrefix(name, variable(section)+"_") {
			return true
		}
	}
	return false
}

// asWritten is a variable's value as it would stand in the file. A variable has
// no quotes, so text counts as quoted.
func asWritten(k key, value string) *yaml.Node {
	v := &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	if !k.plain {
		v.Tag = "!!str"
	}
	return v
}
