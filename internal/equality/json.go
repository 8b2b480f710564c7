package equality

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// children is where Volatility 3's JSON keeps the rows below a row.
const children = "__children"

// fromFrame is a row of a session's table.
func fromFrame(frame []byte) (string, error) {
	var row struct {
		Depth int
		Row   map[string]json.RawMessage
	}
	if err := json.Unmarshal(frame, &row); err != nil {
		return "", fmt.Errorf("a frame is no row: %w: %.200q", err, frame)
	}
	return canonical(row.Depth, row.Row), nil
}

// fromTree appends the rows of Volatility 3's JSON, a list of rows with lists of rows
// below.
func fromTree(to []string, depth int, list json.RawMessage) ([]string, error) {
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(list, &rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		below := row[children]
		delete(row, children)
		to = append(to, canonical(depth, row))
		if len(below) > len("[]") {
			var err error
			if to, err = fromTree(to, depth+1, below); err != nil {
				return nil, err
			}
		}
	}
	return to, nil
}

// fromColumns are the rows of Volatility 2's JSON, which has no depths.
func fromColumns(text []byte) ([]string, error) {
	var table struct {
		Columns []string
		Rows    [][]json.RawMessage
	}
	if err := json.Unmarshal(text, &table); err != nil {
		return nil, err
	}
	var rows []string
	for _, values := range table.Rows {
		if len(values) != len(table.Columns) {
			return nil, fmt.Errorf("a row of %d values has %d columns", len(values), len(table.Columns))
		}
		row := make(map[string]json.RawMessage, len(values))
		for i, name := range table.Columns {
			row[name] = values[i]
		}
		rows = append(rows, canonical(0, row))
	}
	return rows, nil
}

// canonical is a row as text that is the same for the same values alone: columns in
// order of their names, numbers as they were written, and all text in ASCII. Text is
// not decoded, since Go would take half of a surrogate pair for another.
func canonical(depth int, row map[string]json.RawMessage) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(depth))
	for _, name := range slices.Sorted(maps.Keys(row)) {
		var value bytes.Buffer
		if err := json.Compact(&value, row[name]); err != nil {
			value.Reset()
			value.Write(row[name])
		}
		fmt.Fprintf(&b, "\t%s=%s", name, ascii(value.Bytes()))
	}
	return b.String()
}

// shownRow is a row as Volatility shows it.
type shownRow struct {
	depth  int
	values map[string]json.RawMessage
}

// parseRow reads what canonical wrote.
func parseRow(text string) (shownRow, error) {
	cells := strings.Split(text, "\t") // which JSON has as \t, and no title has
	depth, err := strconv.Atoi(cells[0])
	if err != nil {
		return shownRow{}, fmt.Errorf("the depth of a row: %w", err)
	}
	row := shownRow{depth, make(map[string]json.RawMessage, len(cells)-1)}
	for _, cell := range cells[1:] {
		title, value, ok := strings.Cut(cell, "=")
		if !ok {
			return shownRow{}, fmt.Errorf("%.40q is no value of a row", cell)
		}
		row.values[title] = json.RawMessage(value)
	}
	return row, nil
}

// ascii escapes what is not ASCII, as Python's json does.
func ascii(text []byte) []byte {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return text
	}
	var to []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf, r == utf8.RuneError && n == 1:
			to = append(to, text[0])
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			to = fmt.Appendf(to, `\u%04x\u%04x`, high, low)
		default:
			to = fmt.Appendf(to, `\u%04x`, r)
		}
		text = text[n:]
	}
	return to
}
