package messages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
)

// readLanguage reads all files of one language. A key stands once, in one file.
func readLanguage(fsys fs.FS, tag string) (map[string]text, error) {
	names, err := fs.Glob(fsys, path.Join(tag, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no file")
	}
	all := map[string]text{}
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := readFile(src, all); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// readFile adds the texts of one JSON object to all. It walks the tokens itself
// because encoding/json keeps the last of two equal keys without a word.
func readFile(src []byte, all map[string]text) error {
	dec := json.NewDecoder(bytes.NewReader(src))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("not a JSON object"), err)
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		key := t.(string) // in an object the decoder itself demands a string here
		if _, ok := all[key]; ok {
			return fmt.Errorf("%q stands twice", key)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		if all[key], err = parseText(raw); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

var errEmpty = errors.New("an empty sentence")

// parseText reads a sentence, or an object of sentences by plural class.
func parseText(raw json.RawMessage) (text, error) {
	byClass := map[string]string{}
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		byClass[""] = one
	} else if err := json.Unmarshal(raw, &byClass); err != nil {
		return nil, errors.New("neither a sentence nor an object of plural forms")
	} else if len(byClass) == 0 {
		return nil, errors.New("an object without plural forms")
	}
	t := text{}
	for c, sentence := range byClass {
		if c != "" && !slices.Contains(slices.Collect(maps.Values(classes)), c) {
			return nil, fmt.Errorf("%q is not a plural class of CLDR", c)
		}
		if sentence == "" {
			return nil, errEmpty
		}
		f, err := parseForm(sentence)
		if err != nil {
			return nil, err
		}
		t[c] = f
	}
	return t, nil
}
