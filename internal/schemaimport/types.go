package schemaimport

import (
	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// types3 and types2 are what the types of the Volatilities become. What is not here is
// text.
var (
	types3 = map[string]string{
		"int": "int64", "Hex": "uint64", "Bin": "uint64", "bool": "bool", "float": "double",
		"bytes": "bytes", "HexBytes": "bytes", "MultiTypeData": "bytes", "LayerData": "bytes",
		"datetime": timestamp, "Disassembly": disassembly,
	}
	types2 = map[string]string{
		"int": "int64", "long": "int64", "float": "double", "bool": "bool",
		"Address": "uint64", "Address64": "uint64", "Hex": "uint64", "Bytes": "bytes",
	}
)

// fieldType is the type of the field for a cell. Volatility 3's counts, where it has the
// column: its types say more.
func fieldType(t term, c cell) string {
	if t.typ != "" {
		return t.typ
	}
	typ := ""
	switch {
	case c.three != nil:
		typ = types3[c.three.Type]
	case c.two.Type == "str" && t.number:
		typ = "int64"
	case c.two.Type == "str" && t.time:
		typ = timestamp
	case c.two.Type == "str" && t.yes:
		typ = "bool"
	default:
		typ = types2[c.two.Type]
	}
	if typ == "" {
		return "string"
	}
	return typ
}

// meaningOf says what the number in a field is, from the glossary, else from what the
// source shows, else from the type by which Volatility shows it.
func meaningOf(t term, c cell, typ string) volrenderv1.Meaning {
	if typ != "uint64" {
		return volrenderv1.Meaning_MEANING_UNSPECIFIED
	}
	kind := t.meaning
	for _, col := range []*column{c.three, c.two} {
		if kind == "" && col != nil {
			kind = col.Address
		}
	}
	switch kind {
	case "virtual":
		return volrenderv1.Meaning_MEANING_CANONICAL_ADDRESS
	case "physical":
		return volrenderv1.Meaning_MEANING_ADDRESS
	case "plain":
		return volrenderv1.Meaning_MEANING_UNSPECIFIED
	case "hex":
		return volrenderv1.Meaning_MEANING_HEXADECIMAL
	}
	if c.three == nil && (c.two.Type == "Address" || c.two.Type == "Address64") {
		return volrenderv1.Meaning_MEANING_ADDRESS
	}
	return volrenderv1.Meaning_MEANING_HEXADECIMAL
}
