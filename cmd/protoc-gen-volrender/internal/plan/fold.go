package plan

import "github.com/volint/volint/internal/fold"

// Fold is how names are compared where spelling differs from one version of
// Volatility to the next, and between a column's title and a field's name:
// ASCII letters in lower case, and digits; all else is dropped.
func Fold(s string) string { return fold.Name(s) }
