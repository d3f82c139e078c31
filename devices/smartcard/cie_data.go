package smartcard

import "bytes"

const insGetDataList = 0xCB // GET DATA of what an extended header list names

// What GET DATA is asked for (ISO/IEC 7816-4 §8.5.1). In the first, the tag of
// one parameter goes before the last byte.
var (
	listDomainPart = []byte{0x4D, 0x0A, 0x70, 0x08, 0xBF, 0xA1, 0x01, 0x04, 0xA3, 0x02, 0x00, 0x00}
	listDomain     = []byte{0x4D, 0x08, 0x70, 0x06, 0xBF, 0xA1, 0x01, 0x02, 0xA3, 0x80}
	listAuthority  = []byte{0x4D, 0x09, 0x70, 0x07, 0xBF, 0xA0, 0x04, 0x03, 0x7F, 0x49, 0x80}
	listDHPublic   = []byte{0x4D, 0x04, 0xA6, 0x02, 0x91, 0x00}
)

const (
	objTemplate   tag = 0x70
	objDomain     tag = 0xBFA101
	objDomainKeys tag = 0xA3
	objDHg        tag = 0x97
	objDHp        tag = 0x98
	objDHq        tag = 0x99
)

// readDomain asks for the three parameters one by one, and all at once from
// chips that know only that.
func (c *cie) readDomain() (domain, error) {
	var d domain
	for _, part := range []struct {
		tag   tag
		value *[]byte
	}{{objDHg, &d.g}, {objDHp, &d.p}, {objDHq, &d.q}} {
		list := bytes.Clone(listDomainPart)
		list[len(list)-2] = byte(part.tag)
		answer, err := c.getData(list)
		if refuses(err) {
			return c.readWholeDomain()
		}
		if err != nil {
			return domain{}, err
		}
		if *part.value, err = find(answer, objTemplate, objDomain, objDomainKeys, part.tag); err != nil {
			return domain{}, err
		}
	}
	return d, d.check()
}

func (c *cie) readWholeDomain() (domain, error) {
	answer, err := c.getData(listDomain)
	if err != nil {
		return domain{}, err
	}
	all, err := find(answer, objTemplate, objDomain, objDomainKeys)
	if err != nil {
		return domain{}, err
	}
	var d domain
	for tag, value := range map[tag]*[]byte{objDHg: &d.g, objDHp: &d.p, objDHq: &d.q} {
		if *value, err = find(all, tag); err != nil {
			return domain{}, err
		}
	}
	return d, d.check()
}

// getData asks for what an extended header list names. P1 and P2 say: in the
// current application.
func (c *cie) getData(list []byte) ([]byte, error) {
	return c.ask(command{ins: insGetDataList, p1: 0x3F, p2: 0xFF, data: list, le: leAll})
}

// ask sends a command that has data and an answer, and so an Le (ISO/IEC 7816-3
// §12.1.3). The Ministry's own software sends none to most of them: what a chip
// refuses is asked in that way too.
func (c *cie) ask(q command) ([]byte, error) {
	if c.noLe {
		q.le = 0
	}
	answer, err := c.line.exchange(q)
	if c.noLe || !refuses(err) {
		return answer, err
	}
	q.le = 0
	if answer, err = c.line.exchange(q); err == nil {
		c.noLe = true
	}
	return answer, err
}
