package plan

import "github.com/volint/volint/internal/option"

// Fold is how names are compared: see [option.Fold].
func Fold(s string) string { return option.Fold(s) }
