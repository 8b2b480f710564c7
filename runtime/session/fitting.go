package session

import "context"

// Fitting says which of the installed Volatility's plugins are for a memory.
type Fitting struct {
	// System is what the memory is of: "linux", "mac" or "windows". It is "" where no
	// kernel was found that Volatility knows; Why says the reason then.
	System string
	Why    *Error
	// Plugins are the exact names of the plugins for that system, and of those that no
	// system is named for, sorted; Others are those of all others that are installed.
	Plugins, Others []string
	// Needs are the options that must be given, of those Plugins that have some.
	Needs map[string][]string
}

// Fitting finds out which plugins are for the session's memory: with Volatility 3 by
// the kernel that it finds there, which commands that follow use again; with
// Volatility 2 by the profile. progress is called in place of Config.Progress, where it
// is not nil. The error is an *Error mostly.
func (s *Session) Fitting(ctx context.Context, progress func(percent float64, what string)) (*Fitting, error) {
	told, err := s.tell(ctx, "fitting", Request{Progress: progress})
	if err != nil {
		return nil, err
	}
	rec := told.fitting
	if rec == nil {
		return nil, &Error{Code: "worker-died", Message: "the worker ended and did not say which plugins fit", Hint: "run the command again"}
	}
	f := &Fitting{System: rec.System, Plugins: rec.Plugins, Others: rec.Others, Needs: rec.Needs}
	if rec.Code != "" {
		f.Why = &Error{Code: rec.Code, Message: rec.Message, Hint: rec.Hint}
	}
	return f, nil
}
