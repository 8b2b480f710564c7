package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/volint/volint/memaccess/qemu"
)

// holdCommand is what volint starts to stop a guest: nothing to start by hand.
func (a *app) holdCommand() *cobra.Command {
	return &cobra.Command{
		Use:    qemu.HolderCommand,
		Short:  "Hold a guest for another process",
		Hidden: true,
		Args:   arguments(0, 0, ""),
		RunE:   do(func(ctx context.Context, _ []string) error { return qemu.Hold(ctx) }),
	}
}
