package main

import (
	"encoding/json"
	"testing"

	"github.com/volint/volint/runtime/row"
)

// What a field is, for people and for programs.
func TestDescribe(t *testing.T) {
	part := func() *row.Message { return &row.Message{FullName: "acme.Part"} }
	for _, tt := range []struct {
		field      row.Field
		name, json string
	}{
		{row.Field{Name: "v", Number: 1, Kind: row.Uint}, "uint", `{"name":"v","number":1,"type":"uint","meaning":""}`},
		{row.Field{Name: "v", Number: 1, Kind: row.Uint, List: true}, "list of uint", `{"name":"v","number":1,"type":"uint","repeated":true,"meaning":""}`},
		{row.Field{Name: "v", Number: 1, Kind: row.Nested, Message: part, Oneof: "o"}, "acme.Part", `{"name":"v","number":1,"type":"message","message":"acme.Part","oneof":"o","meaning":""}`},
		{row.Field{Name: "v", Number: 1, Kind: row.Nested, Message: part, Key: row.String}, "map of string to acme.Part", `{"name":"v","number":1,"type":"message","key":"string","message":"acme.Part","meaning":""}`},
		{row.Field{Name: "v", Number: 1, Kind: row.Enum, Enum: map[int32]string{-1: "NO"}}, "enum", `{"name":"v","number":1,"type":"enum","meaning":"","enum":{"-1":"NO"}}`},
	} {
		info := describe(&tt.field)
		got, err := json.Marshal(info)
		if info.typeName() != tt.name || string(got) != tt.json || err != nil {
			t.Errorf("got %s and %s, want %s and %s", info.typeName(), got, tt.name, tt.json)
		}
	}
}
