package protofile

// Has says whether the message has a field as it was: name, type and number.
func (m *Message) Has(f *Field) bool {
	for _, g := range m.Fields {
		if g.Name == f.Name && g.Type == f.Type && g.Number == f.Number {
			return true
		}
	}
	return false
}

// ReservesField says whether a field's name and number are reserved.
func (m *Message) ReservesField(f *Field) bool {
	for _, n := range m.numbers {
		if n.from <= f.Number && f.Number <= n.to {
			return m.reserved[f.Name]
		}
	}
	return false
}

// NextNumber is nextNumber, for tests.
func (m *Message) NextNumber(given []int) int { return m.nextNumber(given) }
