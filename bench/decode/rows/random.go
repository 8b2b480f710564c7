package rows

// random is a generator of its own, so that the data set stays the same whatever
// the version of Go.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number in [0, n).
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// bits returns a number of at most n bits: about as many have 3 as have 30.
func (r *random) bits(n int) uint64 { return r.next() >> (64 - 1 - r.below(n)) }

func pick[T any](r *random, of []T) T { return of[r.below(len(of))] }
