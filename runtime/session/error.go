package session

// Error is a failure with what to do about it.
type Error struct {
	// Code is a short stable name.
	//
	//	no-python          no interpreter, or it does not start
	//	no-volatility      the interpreter has no such Volatility, or one too old
	//	no-symbols         no symbol file fits the image's kernel
	//	not-memory         no kernel was found in the image
	//	unreadable-image   the image can't be opened, or holds nothing; nobody serves
	//	                   memory on the socket
	//	cannot-pause       the guest is to be stopped, and can't be
	//	pause-ended        the guest was to stand, and went on before the end
	//	guest-changed      the guest was reset, migrated or ended while it was read
	//	unreadable-kernel  nothing was found, and the kernel can't be read
	//	bad-profile        no profile, an unknown one, or one that does not fit
	//	bad-setting        a setting that means nothing: a folder that is not there
	//	unknown-plugin     Volatility has no such plugin, or no message is known for it
	//	bad-option         an option that the plugin does not take, or lacks
	//	cannot-write       a file that the plugin writes can't be: the disk is full, or it
	//	                   is too large
	//	missing-column     the plugin lacks columns that the message asks for
	//	out-of-memory      the command ran out of memory, or would have gone beyond
	//	                   Config.MemoryLimit
	//	plugin-failed      the plugin, or Volatility under it, raised an error
	//	worker-died        the worker ended before it was done
	//	cut-stream         rows are missing, though the worker ended well
	//	cancelled          the context ended; Unwrap gives its error
	Code string
	// Message says what happened, in one line; Hint what to do, in one line, or "".
	Message, Hint string
	// Detail is what Volatility itself said; it may be long, or empty.
	Detail string

	cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the error of the system or of the context behind e, or nil.
func (e *Error) Unwrap() error { return e.cause }
