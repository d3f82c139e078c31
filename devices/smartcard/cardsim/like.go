package cardsim

import (
	"encoding/json"
	"fmt"
)

// resolve returns the whole description of a card that is described by what
// differs from an embedded person's.
func resolve(data []byte) ([]byte, error) {
	var patch map[string]any
	if err := json.Unmarshal(data, &patch); err != nil {
		return nil, fmt.Errorf("parsing the description: %w", err)
	}
	like, ok := patch["like"].(string)
	if !ok {
		return data, nil
	}
	base, err := people.ReadFile("people/" + like + ".json")
	if err != nil {
		return nil, fmt.Errorf("parsing the description: like is %q, and nobody is called so", like)
	}
	var card map[string]any
	if err := json.Unmarshal(base, &card); err != nil {
		return nil, fmt.Errorf("parsing the description of %s: %w", like, err)
	}
	if _, chained := card["like"]; chained {
		return nil, fmt.Errorf("parsing the description: %s is not described in full", like)
	}
	return json.Marshal(merge(card, patch))
}

// merge applies a JSON merge patch (RFC 7396 §2).
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	members, ok := target.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	for name, change := range changes {
		if change == nil {
			delete(members, name)
			continue
		}
		members[name] = merge(members[name], change)
	}
	return members
}
