package session

import (
	"context"
	"fmt"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/location"
	"github.com/volint/volint/memaccess/source"
)

// memory says what the configured memory is, and how it is read. It returns the
// image that commands would read: none where it can't be.
func (r *Report) memory(ctx context.Context, cfg *Config) *image {
	im, err := openImage(ctx, cfg)
	if err != nil {
		r.failed(err)
		return &image{}
	}
	if im.path == "" {
		return im
	}
	memory, err := im.look(ctx, cfg)
	if err != nil {
		r.failed(unreadable(err))
		im.close()
		return &image{}
	}
	r.Image = im.name
	r.good("the image %s: %s%s; %s", im.name, formatOf(cfg.Image), describe(memory), im.way(memory))
	for _, w := range im.warnings {
		r.doubt("%s", w)
	}
	if _, ok := memaccess.PauserOf(memory); ok {
		r.good("the guest can be stopped while it is read: --pause")
	}
	if im.own == nil { // a server may take one connection only: the worker's is next
		_ = memory.Close()
	}
	return im
}

// look opens the memory to be looked at, where it is not served already.
func (im *image) look(ctx context.Context, cfg *Config) (memaccess.Source, error) {
	if im.own != nil && im.own.source != nil {
		return im.own.source, nil
	}
	if im.own != nil {
		return memaccess.Dial(ctx, im.path)
	}
	return location.Open(ctx, cfg.Image, location.Options{Log: cfg.Log})
}

// formatOf is the format of a dump, with a comma, and "" for what is none.
func formatOf(image string) string {
	where, err := location.Resolve(image)
	if err != nil || where.Kind == location.Socket || where.Kind == location.QEMU {
		return ""
	}
	format := where.Format
	if format == "" {
		if format, err = source.Detect(where.Path); err != nil {
			return ""
		}
	}
	return format + ", "
}

// way says how commands read the memory.
func (im *image) way(memory memaccess.Source) string {
	runs, filed := memory.Runs(), 0
	if filer, ok := memory.(memaccess.Filer); ok {
		for _, run := range runs {
			if file, _ := filer.File(run); file != nil {
				filed++
			}
		}
	}
	client, _ := memory.(*memaccess.Client)
	live := memory.Identity().Live()
	switch {
	case im.own == nil && client == nil:
		return "Volatility reads it by itself"
	case filed == len(runs) && live:
		return "read from the files that it lies in"
	case filed == len(runs):
		return "mapped"
	case client != nil && !client.Extended():
		return "asked of a server that does not know volint's extension of the protocol"
	case client != nil:
		return "asked of its server"
	case live:
		return "read from the emulator's process (process_vm_readv)"
	case filed > 0:
		return "mapped, but for what has to be unpacked"
	}
	return "unpacked as it is read"
}

func (r *Report) doubt(format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Good: true, Doubtful: true, What: fmt.Sprintf(format, args...)})
}
