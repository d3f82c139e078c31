package cardsim

import "encoding/binary"

// node is a directory or a file.
type node struct {
	id       uint16
	shortID  byte // 0 for none
	parent   *node
	children []*node
	content  []byte // nil for a directory
	guarded  bool   // read in the secure channel after the PIN
}

// application answers when it is selected by its name.
type application struct {
	directory *node
	info      []byte            // what SELECT returns
	data      map[uint16][]byte // what GET DATA returns, by P1P2
}

func (n *node) child(id uint16) *node {
	for _, c := range n.children {
		if c.id == id {
			return c
		}
	}
	return nil
}

// add makes the node at path, and the directories on the way.
func (n *node) add(path []uint16) *node {
	for _, id := range path {
		next := n.child(id)
		if next == nil {
			next = &node{id: id, parent: n}
			n.children = append(n.children, next)
		}
		n = next
	}
	return n
}

// walk follows a path of two-byte identifiers.
func (n *node) walk(path []byte) *node {
	for ; n != nil && len(path) > 0; path = path[2:] {
		n = n.child(binary.BigEndian.Uint16(path))
	}
	return n
}

// selectFile is SELECT (ISO/IEC 7816-4 §7.1.1).
func (c *Card) selectFile(cmd command) ([]byte, uint16) {
	if cmd.p1 == 0x04 {
		return c.selectApplication(cmd)
	}
	if c.filesUnder != "" && c.filesUnder != c.active.application {
		return nil, swNotFound
	}
	if len(cmd.data)%2 != 0 {
		return nil, swWrongLength
	}
	found, sw := c.find(cmd)
	switch {
	case sw != swOK:
		return nil, sw
	case found == nil:
		return nil, swNotFound
	case found.content == nil:
		c.active.directory, c.active.file = found, nil
	default:
		c.active.directory, c.active.file = found.parent, found
	}
	if cmd.p2&0x0C == 0x0C || cmd.le < 0 {
		return nil, swOK
	}
	return found.controlInformation(cmd.p2), swOK
}

// find looks for what SELECT names; it is nil when there is no such file.
func (c *Card) find(cmd command) (*node, uint16) {
	switch {
	case cmd.p1 == 0x00 && len(cmd.data) <= 2:
		if len(cmd.data) == 0 || binary.BigEndian.Uint16(cmd.data) == c.root.id {
			return c.root, swOK
		}
		return c.active.directory.walk(cmd.data), swOK
	case cmd.p1 == 0x02 && len(cmd.data) == 2: // a file, not a directory
		if n := c.active.directory.walk(cmd.data); n != nil && n.content != nil {
			return n, swOK
		}
		return nil, swOK
	case cmd.p1 == 0x08 && !c.stepwise:
		return c.root.walk(cmd.data), swOK
	case cmd.p1 == 0x09 && !c.stepwise:
		return c.active.directory.walk(cmd.data), swOK
	}
	return nil, swWrongParameters
}

// controlInformation is the FCI or FCP template (ISO/IEC 7816-4 §5.3.3).
func (n *node) controlInformation(p2 byte) []byte {
	template := uint32(0x6F)
	if p2&0x0C == 0x04 {
		template = 0x62
	}
	kind := byte(0x01) // transparent
	if n.content == nil {
		kind = 0x38 // directory
	}
	size := binary.BigEndian.AppendUint16(nil, uint16(len(n.content)))
	id := binary.BigEndian.AppendUint16(nil, n.id)
	info := [][]byte{wrap(0x80, size), wrap(0x82, []byte{kind}), wrap(0x83, id)}
	if n.shortID != 0 {
		info = append(info, wrap(0x88, []byte{n.shortID << 3}))
	}
	return wrap(template, info...)
}

// selectApplication ends a secure channel.
func (c *Card) selectApplication(cmd command) ([]byte, uint16) {
	aid := string(cmd.data)
	app, ok := c.applications[aid]
	if !ok {
		return nil, swNotFound
	}
	c.hangUp()
	c.active.application = aid
	c.active.directory, c.active.file = app.directory, nil
	if cmd.p2&0x0C == 0x0C {
		return nil, swOK
	}
	return app.info, swOK
}

func (c *Card) getData(cmd command) ([]byte, uint16) {
	data, ok := c.applications[c.active.application].data[uint16(cmd.p1)<<8|uint16(cmd.p2)]
	if !ok {
		return nil, swNoReference
	}
	return data, swOK
}

// readBinary is READ BINARY (ISO/IEC 7816-4 §7.2.3), of the selected file or
// of one with a short identifier, which it selects. Le = 00 asks for what there
// is, so that a short answer to it is whole.
func (c *Card) readBinary(cmd command) ([]byte, uint16) {
	offset := int(cmd.p1)<<8 | int(cmd.p2)
	if cmd.p1&0x80 != 0 {
		file := c.active.directory.short(cmd.p1 & 0x1F)
		if file == nil || cmd.p1&0x60 != 0 {
			return nil, swNotFound
		}
		c.active.file, offset = file, int(cmd.p2)
	}
	switch {
	case c.active.file == nil:
		return nil, swNoCurrentFile
	case c.active.file.guarded && !(c.active.verified && c.secured()):
		return nil, swSecurity
	}
	content := c.active.file.content
	if offset >= len(content) {
		return nil, swWrongOffset
	}
	rest := content[offset:]
	switch {
	case cmd.le < 0:
		return nil, swWrongLength
	case cmd.le == 256 || cmd.le <= len(rest):
		return rest[:min(cmd.le, len(rest))], swOK
	}
	return rest, swEndOfFile
}

// short finds a file by its short identifier.
func (n *node) short(id byte) *node {
	for _, c := range n.children {
		if id != 0 && c.shortID == id {
			return c
		}
	}
	return nil
}
