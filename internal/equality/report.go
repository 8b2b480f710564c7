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
	// Different is in what they differ.
	Different string
}

func (o Outcome) String() string {
	switch {
	case o.Different != "":
		return "**differs**"
	case o.Failed != "":
		return "fails in both"
	case o.Rows == 0:
		return "equal, no rows"
	case o.Rows == 1:
		return "equal, 1 row"
	}
	return fmt.Sprintf("equal, %d rows", o.Rows)
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
	fmt.Fprintf(&b, "## %s\n\n| command | %s | |\n|---|%s---|\n", r.Name, strings.Join(r.Images, " | "), strings.Repeat("---|", len(r.Images)))
	for _, command := range r.commands() {
		var cells, remarks []string
		for _, image := range r.Images {
			o, ok := r.Outcomes[image][command]
			if !ok {
				cells = append(cells, "")
				continue
			}
			cells = append(cells, o.String())
			remarks = addRemark(addRemark(addRemark(remarks, o.Different), o.Failed), cold(o))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", command, strings.Join(cells, " | "), strings.Join(remarks, "; "))
	}
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	for _, plugin := range slices.Sorted(maps.Keys(r.NotRun)) {
		fmt.Fprintf(&b, "\nLeft out: `%s`: %s.\n", plugin, r.NotRun[plugin])
	}
	return b.String()
}

func cold(o Outcome) string {
	if o.Cold == "" {
		return ""
	}
	return "in a process of its own: " + o.Cold
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

func (r *Report) summary() string {
	var parts []string
	for _, image := range r.Images {
		var equal, failed, different int
		for _, o := range r.Outcomes[image] {
			switch {
			case o.Different != "":
				different++
			case o.Failed != "":
				failed++
			default:
				equal++
			}
		}
		parts = append(parts, fmt.Sprintf("%s: %d equal, %d fail in both, %d differ.", image, equal, failed, different))
	}
	return strings.Join(parts, " ")
}
