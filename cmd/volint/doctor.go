package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/session"
)

func (a *app) doctorCommand() *cobra.Command {
	var config session.Config
	var volatility int
	cmd := &cobra.Command{
		Use:   "doctor [-f LOCATION]",
		Short: "Say whether a run would work, and if not, what mends it",
		Long: `doctor says which Python and which Volatility "volint run" would use, with the same
flags and environment variables, and why; what the memory at LOCATION is (format,
size, runs, whether its guest may be running) and how it is read; whether Volatility
has what its kernel needs (symbols, or a profile); and what is missing, with the
command that mends it. The status is 0 when a run would work, else 1.`,
		Example: `  volint doctor
  volint doctor -f mem.lime
  volint doctor -f qemu:/run/vm.qmp
  volint doctor -f mem.lime --symbols symbols
  volint doctor -f mem.lime --profile LinuxDebian12x64 --plugins profiles`,
		Args: arguments(0, 0, ""),
		RunE: do(func(ctx context.Context, _ []string) error {
			if err := setVersion(&config, volatility); err != nil {
				return err
			}
			return a.doctor(ctx, config)
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&config.Image, "file", "f", "", "`LOCATION` of the memory")
	f.StringVar(&config.Profile, "profile", "", "Volatility 2's `PROFILE`, such as LinuxDebian12x64")
	whereFlags(cmd, &config, &volatility)
	return cmd
}

func (a *app) doctor(ctx context.Context, config session.Config) error {
	config.Holder = holder()
	bar := a.ui.bar("volint doctor")
	config.Log, config.Progress = a.ui.logger(), bar.set
	report := session.Doctor(ctx, config)
	bar.done()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := printReport(a.stdout, report); err != nil {
		return err
	}
	if !report.Good() {
		return fail(`mend what is marked "missing", from the top`, "volint run would not work yet")
	}
	return nil
}

// printReport prints what the doctor found: what is there, what is missing, how
// to mend it, and which Pythons were passed over.
func printReport(w io.Writer, r *session.Report) error {
	var b strings.Builder
	line := func(mark, format string, args ...any) {
		fmt.Fprintf(&b, "%-8s %s\n", mark, term.Escape(fmt.Sprintf(format, args...)))
	}
	for _, f := range r.Findings {
		switch {
		case f.Doubtful:
			line("warning", "%s", f.What)
		case f.Good:
			line("ok", "%s", f.What)
		default:
			line("missing", "%s", f.What)
		}
		if f.Hint != "" {
			line("hint", "%s", f.Hint)
		}
	}
	for _, c := range r.Candidates {
		if !c.Chosen {
			line("skipped", "%s (%s): %s", c.Python, c.From, c.Why)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
