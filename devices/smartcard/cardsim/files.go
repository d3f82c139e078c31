package cardsim

import "encoding/binary"

// node is a directory or a file.
type node struct {
	id       uint16
	children []*node
	content  []byte // nil for a directory
}

// application answers when it is selected by its name.
type application struct {
	info []byte            // what SELECT returns
	data map[uint16][]byte // what GET DATA returns, by P1P2
}

func (n *node) child(id uint16) *node {
	for _, c := range n.children {
		if c.id == id {
			return c
		}
	}
	return nil
}

// add makes the file at path, and the directories on the way.
func (n *node) add(path []uint16, content []byte) {
	for _, id := range path {
		next := n.child(id)
		if next == nil {
			next = &node{id: id}
			n.children = append(n.children, next)
		}
		n = next
	}
	n.content = content
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
		return c.selectApplication(string(cmd.data))
	}
	if c.filesUnder != "" && c.filesUnder != c.active.application {
		return nil, swNotFound
	}
	if len(cmd.data)%2 != 0 {
		return nil, swWrongLength
	}
	var found *node
	switch {
	case cmd.p1 == 0x00 && len(cmd.data) <= 2:
		if len(cmd.data) == 0 || binary.BigEndian.Uint16(cmd.data) == c.root.id {
			found = c.root
		} else {
			found = c.active.directory.walk(cmd.data)
		}
	case cmd.p1 == 0x08 && !c.stepwise:
		found = c.root.walk(cmd.data)
	case cmd.p1 == 0x09 && !c.stepwise:
		found = c.active.directory.walk(cmd.data)
	default:
		return nil, swWrongParameters
	}
	if found == nil {
		return nil, swNotFound
	}
	if found.content == nil {
		c.active.directory, c.active.file = found, nil
	} else {
		c.active.file = found
		c.active.directory = c.root.parentOf(found)
	}
	if cmd.p2&0x0C == 0x0C || cmd.le < 0 {
		return nil, swOK
	}
	return found.controlInformation(), swOK
}

func (n *node) parentOf(want *node) *node {
	for _, c := range n.children {
		if c == want {
			return n
		}
		if p := c.parentOf(want); p != nil {
			return p
		}
	}
	return nil
}

// controlInformation is the FCI template (ISO/IEC 7816-4 §5.3.3).
func (n *node) controlInformation() []byte {
	kind := byte(0x01) // transparent
	if n.content == nil {
		kind = 0x38 // directory
	}
	info := []byte{0x6F, 11, 0x80, 0x02, 0, 0, 0x82, 0x01, kind, 0x83, 0x02, 0, 0}
	binary.BigEndian.PutUint16(info[4:], uint16(len(n.content)))
	binary.BigEndian.PutUint16(info[11:], n.id)
	return info
}

func (c *Card) selectApplication(aid string) ([]byte, uint16) {
	app, ok := c.applications[aid]
	if !ok {
		return nil, swNotFound
	}
	c.active.application = aid
	c.active.directory, c.active.file = c.root, nil
	return app.info, swOK
}

func (c *Card) getData(cmd command) ([]byte, uint16) {
	data, ok := c.applications[c.active.application].data[uint16(cmd.p1)<<8|uint16(cmd.p2)]
	if !ok {
		return nil, swNoReference
	}
	return data, swOK
}

// readBinary is READ BINARY (ISO/IEC 7816-4 §7.2.3). Le = 00 asks for what
// there is, so that a short answer to it is whole.
func (c *Card) readBinary(cmd command) ([]byte, uint16) {
	if cmd.p1&0x80 != 0 {
		return nil, swNotFound // short file identifiers are not used
	}
	if c.active.file == nil {
		return nil, swNoCurrentFile
	}
	offset := int(cmd.p1)<<8 | int(cmd.p2)
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
