package protofile

import "fmt"

// Kind is the kind of a change, or of what an import left as it was.
type Kind string

// The kinds. The first are changes of the text; from KindTypeKept on nothing was
// changed, and somebody should know.
const (
	KindMessageAdded  Kind = "message added"
	KindFieldAdded    Kind = "field added"
	KindFieldRemoved  Kind = "field removed"
	KindSourceChanged Kind = "source changed" // plugin, aliases
	KindOptionChanged Kind = "option changed" // of the plugin
	KindCellChanged   Kind = "cell changed"   // where a field's value comes from
	KindDeprecated    Kind = "deprecated"

	KindTypeKept   Kind = "type kept"
	KindNoneKept   Kind = "none kept"
	KindNameKept   Kind = "name kept"  // reserved, or there already
	KindFieldKept  Kind = "field kept" // though nothing fills it
	KindPluginGone Kind = "plugin gone"
	// KindExpressionsKept is for a message that has nothing to do with the table.
	KindExpressionsKept Kind = "expressions kept"
)

// Changes says whether the text was changed.
func (k Kind) Changes() bool {
	switch k {
	case KindTypeKept, KindNoneKept, KindNameKept, KindFieldKept, KindPluginGone, KindExpressionsKept:
		return false
	}
	return true
}

// Change is something that an import did, or left.
type Change struct {
	Kind Kind   `json:"kind"`
	File string `json:"file"`
	// Line is where it is in the new text: the field's, else the message's.
	Line    int    `json:"line"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
	// Text says what, in a few words.
	Text string `json:"text"`
}

// Where is the place, for people.
func (c *Change) Where() string { return fmt.Sprintf("%s:%d", c.File, c.Line) }

// Name is the message's name, and the field's behind it.
func (c *Change) Name() string {
	if c.Field == "" {
		return c.Message
	}
	return c.Message + "." + c.Field
}

// locate fills in where the changes are.
func locate(changes []Change, f *File) {
	for i := range changes {
		c := &changes[i]
		c.File, c.Line = f.Name, 1
		m := f.messageNamed(c.Message)
		if m == nil {
			continue
		}
		c.Line = m.Line
		for _, field := range m.Fields {
			if field.Name == c.Field {
				c.Line = field.Line
			}
		}
	}
}
