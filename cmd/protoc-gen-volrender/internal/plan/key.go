package plan

// keys checks the fields that identify a row: what is compared from run to run is
// one plain value.
func (b *builder) keys(fields []*fieldDraft) {
	for _, f := range fields {
		if !f.opt.GetKey() {
			continue
		}
		pos := optionPos(f.gen.Desc, 7)
		switch {
		case severalValues(f) != "":
			b.errorf(pos, "take `key` out, or make it a field of its own with one value", "field %q identifies a row but %s", f.Name, severalValues(f))
		case f.Kind == MessageKind:
			b.errorf(pos, "take `key` out, or give the row a field with the number or text that identifies it", "field %q identifies a row but is a message", f.Name)
		case f.Kind == Absence:
			b.errorf(pos, "take `key` out", "field %q tells the absence of another field and can't identify a row", f.Name)
		}
		f.Identifies = true
	}
}
