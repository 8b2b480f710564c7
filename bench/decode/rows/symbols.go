package rows

import (
	"encoding/json"
	"fmt"
	"io"
)

// Kallsyms reads what `vol -r jsonl linux.kallsyms` printed, and repeats it up to
// the number of rows that are measured. It also returns how many the plugin gave.
func Kallsyms(r io.Reader) ([]Symbol, int, error) {
	var found []Symbol
	for lines := json.NewDecoder(r); ; {
		var line struct {
			Addr                                                 uint64
			Type, SubSystem, ModuleName, SymbolName, Description string
			Size                                                 *uint64
			Exported                                             bool
		}
		if err := lines.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			return nil, 0, fmt.Errorf("the rows of linux.kallsyms: %w", err)
		}
		s := Symbol{
			Address: line.Addr, Kind: line.Type, Exported: line.Exported, Subsystem: line.SubSystem,
			Module: line.ModuleName, Name: line.SymbolName, Description: line.Description,
		}
		if line.Size != nil {
			s.Size, s.Has = *line.Size, 1
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		return nil, 0, fmt.Errorf("linux.kallsyms gave no rows")
	}
	out := make([]Symbol, 0, Symbols)
	for len(out) < Symbols {
		out = append(out, found[len(out)%len(found)])
	}
	return out, len(found), nil
}
