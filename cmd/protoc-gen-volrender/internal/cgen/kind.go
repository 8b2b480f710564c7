package cgen

import (
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// kind is how a kind of field looks in C: the type of a value, the function that
// reads it, the type on the wire, and its names in the table of fields.
type kind struct {
	cType, read   string
	wire          uint32
	table, coding string
}

const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireGroup   = 3
	wireFixed32 = 5
)

var kinds = map[plan.Kind]kind{
	plan.Bool:        {"bool", "volint_bool", wireVarint, "VOLINT_BOOL", "VOLINT_AS_BOOL"},
	plan.Int32:       {"int32_t", "volint_int32", wireVarint, "VOLINT_INT32", "VOLINT_AS_32"},
	plan.Sint32:      {"int32_t", "volint_sint32", wireVarint, "VOLINT_INT32", "VOLINT_AS_ZIGZAG32"},
	plan.Sfixed32:    {"int32_t", "volint_sfixed32", wireFixed32, "VOLINT_INT32", "VOLINT_AS_FIXED32"},
	plan.Uint32:      {"uint32_t", "volint_uint32", wireVarint, "VOLINT_UINT32", "VOLINT_AS_32"},
	plan.Fixed32:     {"uint32_t", "volint_fixed32", wireFixed32, "VOLINT_UINT32", "VOLINT_AS_FIXED32"},
	plan.Int64:       {"int64_t", "volint_int64", wireVarint, "VOLINT_INT64", "VOLINT_AS_64"},
	plan.Sint64:      {"int64_t", "volint_sint64", wireVarint, "VOLINT_INT64", "VOLINT_AS_ZIGZAG64"},
	plan.Sfixed64:    {"int64_t", "volint_sfixed64", wireFixed64, "VOLINT_INT64", "VOLINT_AS_FIXED64"},
	plan.Uint64:      {"uint64_t", "volint_uint64", wireVarint, "VOLINT_UINT64", "VOLINT_AS_64"},
	plan.Fixed64:     {"uint64_t", "volint_fixed64", wireFixed64, "VOLINT_UINT64", "VOLINT_AS_FIXED64"},
	plan.Float:       {"float", "volint_float", wireFixed32, "VOLINT_FLOAT", "VOLINT_AS_FIXED32"},
	plan.Double:      {"double", "volint_double", wireFixed64, "VOLINT_DOUBLE", "VOLINT_AS_FIXED64"},
	plan.String:      {"volint_str", "volint_bytes", wireBytes, "VOLINT_STRING", "VOLINT_AS_BYTES"},
	plan.Bytes:       {"volint_str", "volint_bytes", wireBytes, "VOLINT_BYTES", "VOLINT_AS_BYTES"},
	plan.EnumKind:    {"int32_t", "volint_int32", wireVarint, "VOLINT_ENUM", "VOLINT_AS_32"},
	plan.Timestamp:   {"volint_timestamp", "", wireBytes, "VOLINT_TIMESTAMP", "VOLINT_AS_MESSAGE"},
	plan.Absence:     {"volint_absence", "volint_int32", wireVarint, "VOLINT_ENUM", "VOLINT_AS_32"},
	plan.MessageKind: {"", "", wireBytes, "VOLINT_MESSAGE", "VOLINT_AS_MESSAGE"},
}

// kindOf is the kind of each of a field's values.
func kindOf(f *plan.Field) kind {
	k := kinds[f.Kind]
	switch {
	case f.Kind == plan.MessageKind:
		k.cType = f.Message.CName
	case f.Kind == plan.EnumKind && f.Enum.Local:
		k.cType = f.Enum.CName
	}
	if f.ValidateUTF8 {
		k.read, k.coding = "volint_utf8", "VOLINT_AS_UTF8"
	}
	if f.Delimited {
		k.wire, k.coding = wireGroup, "VOLINT_AS_GROUP"
	}
	return k
}

var labels = map[plan.Label]string{
	plan.Singular: "VOLINT_SINGULAR",
	plan.Repeated: "VOLINT_REPEATED",
	plan.Map:      "VOLINT_MAPPED",
}

var meanings = map[plan.Meaning]string{
	plan.Unspecified:      "VOLINT_PLAIN",
	plan.CanonicalAddress: "VOLINT_CANONICAL_ADDRESS",
	plan.Address:          "VOLINT_ADDRESS",
	plan.UnixSeconds:      "VOLINT_UNIX_SECONDS",
	plan.Hexadecimal:      "VOLINT_HEXADECIMAL",
}
