package printer

// greeting switches on what the printer reports unasked: whether it is online,
// errors and paper.
func (d Dialect) greeting() []byte {
	switch d {
	case StatusAutomatic:
		return []byte{gs, 'a', 0x0E}
	case StatusCustom:
		return []byte{gs, 0xE0, fullStatusMask}
	}
	return nil
}

// questions are the n of the DLE EOT n that together tell all.
func (d Dialect) questions() []byte {
	switch d {
	case StatusAutomatic, StatusRealtime:
		return []byte{1, 2, 3, 4}
	case StatusCustom:
		return []byte{20}
	}
	return nil
}
