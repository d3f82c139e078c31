package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// together checks what no line shows alone.
func (c *checker) together(top *yaml.Node) {
	officers := find(top, "officers")
	for _, name := range []string{"pseudonym", "card_sha256"} {
		c.different(officers, "officers", name, "each officer needs another")
	}
	for _, side := range []string{"inps", "comune"} {
		c.sealing(side+".sealing_keys", find(find(top, side), "sealing_keys"))
	}
	if v := find(find(top, "inps"), "mode"); v != nil && v.Value == ModePDND && find(find(top, "inps"), "pdnd") == nil {
		c.report(v, "inps.mode", "is "+ModePDND+", but there is no section inps.pdnd", "fill in inps.pdnd, or write modi-direct")
	}
	c.login(find(top, "inps"))
	if v := find(find(top, "session"), "presence_required"); v != nil && v.ShortTag() == "!!bool" && v.Value == "true" && items(officers) == 0 {
		c.report(v, "session.presence_required", "is true, but no officer is listed: the terminal would never open",
			"list an officer under officers, or write false")
	}
	ui, control := find(find(top, "sockets"), "ui"), find(find(top, "sockets"), "control")
	if ui != nil && control != nil && ui.Value == control.Value {
		c.report(control, "sockets.control", fmt.Sprintf("is the same as sockets.ui in line %d", ui.Line), "allowed: another path")
	}
	c.readers(find(top, "cards"), items(officers))
	c.scanner(top)
	c.printer(find(top, "printer"))
}

// login reports a log-in by card that has no address, or no way to it.
func (c *checker) login(inps *yaml.Node) {
	v := find(inps, "login")
	if v == nil || v.Value != LoginCard {
		return
	}
	if find(inps, "card_url") == nil {
		c.report(v, "inps.login", "is "+LoginCard+", but there is no inps.card_url", "fill in inps.card_url, or write assertion")
	}
	if mode := find(inps, "mode"); mode != nil && mode.Value == ModePDND {
		c.report(v, "inps.login", "is "+LoginCard+", which does not go with vouchers of the PDND", "write assertion, or inps.mode: modi-direct")
	}
}

// readers reports a terminal that somebody could not use at all, because no
// reader is for him.
func (c *checker) readers(cards *yaml.Node, officers int) {
	const advice = "give both, the same words may stand in both; or give neither, and every reader serves both"
	forCitizens, forOfficers := find(cards, "citizen_readers"), find(cards, "officer_readers")
	switch some, other := items(forCitizens), items(forOfficers); {
	case some == 0 && other > 0:
		c.report(forOfficers, "cards.officer_readers", "is given without cards.citizen_readers: no reader would be for citizens", advice)
	case some > 0 && other == 0 && officers > 0:
		c.report(forCitizens, "cards.citizen_readers", "is given without cards.officer_readers: no reader would be for the officers listed", advice)
	}
}

// scanner refuses a folder in which something else lies: the terminal removes what
// it finds there.
func (c *checker) scanner(top *yaml.Node) {
	folder := find(find(top, "scanner"), "folder")
	if folder == nil || wrong(path, folder) {
		return
	}
	data := "/var/lib/pue" // its default
	if v := find(find(top, "data"), "directory"); v != nil {
		data = v.Value
	}
	const allowed = "allowed: a folder of its own, since the terminal removes what it finds there"
	if holds(folder.Value, data) || folder.Value == data+"/attachments" {
		c.report(folder, "scanner.folder", "is where the terminal keeps its own files", allowed)
		return
	}
	for _, v := range scalars(top) {
		if v != folder && filepath.IsAbs(v.Value) && holds(folder.Value, v.Value) {
			c.report(folder, "scanner.folder", fmt.Sprintf("holds what line %d needs", v.Line), allowed)
			return
		}
	}
}

// holds reports whether a path is the folder, or lies anywhere below it.
func holds(folder, path string) bool {
	return strings.HasPrefix(path+"/", strings.TrimSuffix(folder, "/")+"/")
}

// scalars are all single values of a file.
func scalars(v *yaml.Node) []*yaml.Node {
	if v.Kind == yaml.ScalarNode {
		return []*yaml.Node{v}
	}
	var all []*yaml.Node
	for _, below := range v.Content {
		all = append(all, scalars(below)...)
	}
	return all
}

// sealing reports keys that are the same, or end before they begin.
func (c *checker) sealing(list string, keys *yaml.Node) {
	c.different(keys, list, "file", "each key has a file of its own")
	for i := range items(keys) {
		from, until := find(keys.Content[i], "from"), find(keys.Content[i], "until")
		if from == nil || until == nil || wrong(day, from) || wrong(day, until) {
			continue
		}
		if until.Value < from.Value { // ISO 8601 dates sort as they are written
			c.report(until, fmt.Sprintf("%s[%d].until", list, i+1), fmt.Sprintf("is before from in line %d", from.Line),
				fmt.Sprintf("allowed: %q or later", from.Value))
		}
	}
}

func wrong(r rule, v *yaml.Node) bool {
	what, _ := r(v)
	return v.Kind != yaml.ScalarNode || what != ""
}

// different reports items of a list that share what must tell them apart.
func (c *checker) different(list *yaml.Node, path, name, advice string) {
	first := map[string]int{}
	for i := range items(list) {
		v := find(list.Content[i], name)
		if v == nil || v.Kind != yaml.ScalarNode {
			continue
		}
		if line, ok := first[v.Value]; ok {
			c.report(v, fmt.Sprintf("%s[%d].%s", path, i+1, name), fmt.Sprintf("is the same as in line %d", line), advice)
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
