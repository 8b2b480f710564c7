package equality

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Outcome is how a command of a session compares with a process of Volatility's own,
// on an image.
type Outcome struct {
	// Rows is how many rows both have.
	Rows int
	// Failed is why neither has a table.
	Failed string
	// Cold is why the session ran the command in a process of its own.
	Cold string
	// Different is in what the tables differ.
	Different string

	// Message is the full name of the message that the typed rows are; "" where there is
	// none for the plugin.
	Message string
	// TypedDifferent is in what the typed rows differ from Volatility's table.
	TypedDifferent string
	// TypedOnly says that there are typed rows, and Volatility can't show a table as
	// JSON.
	TypedOnly bool
}

// Verdict is an outcome in a word.
type Verdict int

// The verdicts. The worse is the greater, but for what fails.
const (
	Equal Verdict = iota
	// Untyped: the tables are equal, and no message is for the plugin.
	Untyped
	// TypedOnly: there are typed rows, and nothing to compare them with.
	TypedOnly
	// FailsInBoth: Volatility by itself fails, too.
	FailsInBoth
	// TypedDiffers: the tables are equal, and the typed rows are not.
	TypedDiffers
	// Differs: the tables differ.
	Differs
)

// Verdict tells how bad it is.
func (o Outcome) Verdict() Verdict {
	switch {
	case o.Different != "":
		return Differs
	case o.TypedDifferent != "":
		return TypedDiffers
	case o.TypedOnly:
		return TypedOnly
	case o.Failed != "":
		return FailsInBoth
	case o.Message == "":
		return Untyped
	}
	return Equal
}

func (o Outcome) String() string {
	switch o.Verdict() {
	case Differs:
		return "**differs**"
	case TypedDiffers:
		return "**typed rows differ**, " + count(o.Rows)
	case TypedOnly:
		return "typed only, " + count(o.Rows)
	case FailsInBoth:
		return "fails in both"
	case Untyped:
		return "equal, untyped, " + count(o.Rows)
	}
	return "equal, " + count(o.Rows)
}

// marks are what Volatility and its process's end put before a reason.
var marks = strings.NewReplacer("exit status 1: ", "", "ERROR   : volatility.debug    : ", "")

func count(rows int) string {
	switch rows {
	case 0:
		return "no rows"
	case 1:
		return "1 row"
	}
	return fmt.Sprintf("%d rows", rows)
}

// Remarks are what there is to say of it.
func (o Outcome) Remarks() []string {
	list := slices.DeleteFunc([]string{o.Different, o.TypedDifferent, marks.Replace(o.Failed)}, func(s string) bool { return s == "" })
	if o.Cold != "" {
		list = append(list, "in a process of its own: "+o.Cold)
	}
	return list
}

// Report is the table for a Volatility: by image, by command.
type Report struct {
	Name     string
	Images   []string
	Outcomes map[string]map[string]Outcome
	// NotRun are plugins that were left out, with the reason.
	NotRun map[string]string
}

// Markdown are the report's lines.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n| command | message | %s | |\n|---|---|%s---|\n", r.Name, strings.Join(r.Images, " | "), strings.Repeat("---|", len(r.Images)))
	for _, command := range r.commands() {
		message := ""
		var cells, remarks []string
		for _, image := range r.Images {
			o, ok := r.Outcomes[image][command]
			if !ok {
				cells = append(cells, "")
				continue
			}
			message = shortName(o.Message)
			cells = append(cells, o.String())
			for _, remark := range o.Remarks() {
				remarks = addRemark(remarks, remark)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", command, message, strings.Join(cells, " | "), strings.Join(remarks, "; "))
	}
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	for _, plugin := range slices.Sorted(maps.Keys(r.NotRun)) {
		fmt.Fprintf(&b, "\nLeft out: `%s`: %s.\n", plugin, r.NotRun[plugin])
	}
	return b.String()
}

// shortName is a message's name without its package.
func shortName(message string) string {
	if message == "" {
		return ""
	}
	return "`" + message[strings.LastIndexByte(message, '.')+1:] + "`"
}

// addRemark keeps a table a table.
func addRemark(to []string, remark string) []string {
	remark = strings.NewReplacer("|", `\|`, "\n", " ").Replace(remark)
	if remark == "" || slices.Contains(to, remark) {
		return to
	}
	return append(to, remark)
}

func (r *Report) commands() []string {
	all := map[string]bool{}
	for _, outcomes := range r.Outcomes {
		for command := range outcomes {
			all[command] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// summary has a line for each image.
func (r *Report) summary() string {
	var lines []string
	for _, image := range r.Images {
		lines = append(lines, fmt.Sprintf("%s: %s", image, Summary(r.Outcomes[image])))
	}
	return strings.Join(lines, "\n\n")
}

// Summary counts outcomes.
func Summary(outcomes map[string]Outcome) string {
	var of [Differs + 1]int
	typed := 0
	for _, o := range outcomes {
		of[o.Verdict()]++
		if o.Message != "" {
			typed++
		}
	}
	text := fmt.Sprintf("of %d commands %d are typed; %d are equal", len(outcomes), typed, of[Equal])
	for _, each := range []struct {
		verdict Verdict
		what    string
	}{
		{Untyped, "equal and untyped"}, {TypedOnly, "typed, where Volatility has no JSON"}, {FailsInBoth, "failing in both"},
		{TypedDiffers, "other as typed rows"}, {Differs, "other as tables"},
	} {
		if of[each.verdict] > 0 {
			text += fmt.Sprintf(", %d %s", of[each.verdict], each.what)
		}
	}
	return text + "."
}
