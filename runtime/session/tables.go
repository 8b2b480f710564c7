package session

import "context"

// PluginTable is the table that a plugin makes, as far as it can be told without
// memory: from the plugin's source, and from asking it for its columns.
type PluginTable struct {
	// Plugin is the plugin's exact name: "linux.pslist.PsList", "linux_pslist".
	Plugin string `json:"plugin"`
	// Doc is what the plugin says of itself; it may have several lines, or be "".
	Doc string `json:"doc"`
	// Successor is the exact name of the plugin that this one is a deprecated name
	// of; "" for all others.
	Successor string `json:"successor,omitempty"`
	// Columns are in the plugin's order: the union over options that change them. None
	// where Reason says why.
	Columns []Column `json:"columns"`
	// Tree says that rows may stand below others.
	Tree bool `json:"tree"`
	// How is where the columns were found.
	//
	//	run      the plugin was asked, without memory
	//	source   its source was read
	//	both     in both places, and they agree
	//	text     it writes text by rows of a table (Volatility 2's table_row)
	How string `json:"how,omitempty"`
	// Reason says why there are no columns, in a few words: "writes text only".
	Reason string `json:"reason,omitempty"`
	// Options are those that the plugin takes.
	Options []Option `json:"options"`
}

// Column is a column of a plugin's table.
type Column struct {
	// Title is as the plugin writes it: "OFFSET (V)".
	Title string `json:"title"`
	// Type is the class of its values, by its name in Volatility: "str", "int", "float",
	// "bool", "bytes", "datetime", "Hex", "Bin", "HexBytes", "MultiTypeData",
	// "LayerData", "Disassembly"; of Volatility 2 "str", "int", "long", "float",
	// "Address", "Address64", "Hex", "Bytes".
	Type string `json:"type"`
	// Absent are the kinds of absence that the plugin's source gives the column,
	// sorted: "not-applicable", "not-available", "unparsable", "unreadable", "unknown".
	Absent []string `json:"absent,omitempty"`
	// Address says what a number is that the source shows to be an address: "virtual",
	// "physical", or "" where it does not show.
	Address string `json:"address,omitempty"`
	// Sometimes is set for a column that is there with some options only.
	Sometimes bool `json:"sometimes,omitempty"`
}

// Tables tells what the table of a plugin is, in the Volatility that runs. plugin is a
// plugin's name, as commands are given, or a message's full one; "" is every plugin,
// sorted by name, those too that Volatility could not import. The error is an *Error
// mostly. No memory is read.
func (s *Session) Tables(ctx context.Context, plugin string) ([]PluginTable, error) {
	told, err := s.tell(ctx, "tables", Request{Plugin: plugin})
	if err != nil {
		return nil, err
	}
	return told.tables, nil
}
