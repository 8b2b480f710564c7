package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  volint version",
		Args:    arguments(0, 0, ""),
		RunE: do(func(context.Context, []string) error {
			_, err := io.WriteString(a.stdout, versionLine())
			return err
		}),
	}
}

// versionLine is what the sub-command and the flag print.
func versionLine() string {
	return fmt.Sprintf("volint %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version is the module's version, as the Go tool recorded it when it built this
// binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
