package output

import (
	"runtime"
	"sync"
)

// Each prints the files of each item, several items at a time: they are large, and do
// not depend on each other. The files come in the order of the items, and so does the
// first error.
func Each[T any](items []T, print func(T) ([]File, error)) ([]File, error) {
	files, errs := make([][]File, len(items)), make([]error, len(items))
	var printing sync.WaitGroup
	turns := make(chan bool, runtime.GOMAXPROCS(0))
	for i, item := range items {
		printing.Add(1)
		turns <- true
		go func() {
			defer printing.Done()
			files[i], errs[i] = print(item)
			<-turns
		}()
	}
	printing.Wait()
	var all []File
	for i := range items {
		if errs[i] != nil {
			return nil, errs[i]
		}
		all = append(all, files[i]...)
	}
	return all, nil
}
