package source

import "container/list"

// recent keeps the values that were used last, by key. It is not for use by several
// goroutines at once.
type recent[K comparable, V any] struct {
	limit  int
	order  *list.List // of pair, the last used first
	values map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](limit int) recent[K, V] {
	return recent[K, V]{limit: limit, order: list.New(), values: make(map[K]*list.Element)}
}

func (r *recent[K, V]) get(key K) (value V, ok bool) {
	e, ok := r.values[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(pair[K, V]).value, true
}

// put keeps a value, and returns the one that it took the place of, if any.
func (r *recent[K, V]) put(key K, value V) (gone V) {
	e, ok := r.values[key]
	if !ok && r.order.Len() < r.limit {
		r.values[key] = r.order.PushFront(pair[K, V]{key, value})
		return gone
	}
	if !ok {
		e = r.order.Back()
		delete(r.values, e.Value.(pair[K, V]).key)
		r.values[key] = e
	}
	gone = e.Value.(pair[K, V]).value
	e.Value = pair[K, V]{key, value}
	r.order.MoveToFront(e)
	return gone
}
