package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/volint/volint/memaccess/location"
	"github.com/volint/volint/memaccess/qemu"
)

func (a *app) resumeCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "resume qemu:PATH",
		Short: "Continue a guest that volint left standing",
		Long: `resume continues the QEMU guest of this QMP socket, if it stands because volint
stopped it and the process that was to continue it was killed. A guest that
somebody else stopped is left alone, unless --force is given.`,
		Example: `  volint resume qemu:/run/vm.qmp`,
		Args:    arguments(1, 1, "a guest: qemu:PATH, with the path of its QMP socket"),
		RunE: do(func(ctx context.Context, args []string) error {
			where := location.Parse(args[0])
			if where.Kind != location.QEMU {
				return misuse("volint resume qemu:PATH", "%q is no QEMU guest", args[0])
			}
			continued, err := qemu.Resume(ctx, where.Path, force)
			switch {
			case err != nil:
				return err
			case continued:
				a.ui.say("note", "the guest runs again")
			default:
				a.ui.say("note", "the guest runs; there is nothing to do")
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "continue the guest whoever stopped it")
	return cmd
}
