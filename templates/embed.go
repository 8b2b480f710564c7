// Package templates holds the text/template sources of the Python and the C
// output. The plan has every decision computed: a template ranges and tests, and
// nothing more.
package templates

import "embed"

// FS holds the templates of each language below its folder: "c", "python",
// "python2", "python3".
//
//go:embed c/*.tmpl python/*.tmpl python2/*.tmpl python3/*.tmpl
var FS embed.FS
