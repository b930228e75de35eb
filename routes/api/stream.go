package api

import (
	"context"
	"net/http"
	"time"
)

// streamEndTime is what a stream has for its last words.
const streamEndTime = time.Second

// Stream registers a GET whose answer goes on until the client or the server
// ends it: it is admitted like any route, has no deadlines, and ctx ends when
// the client has gone or EndStreams is called.
func Stream(a *API, path string, access Access, h func(ctx context.Context, w http.ResponseWriter, r *http.Request)) {
	access.check(http.MethodGet, path)
	a.Raw(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admitting, admitted := context.WithTimeout(r.Context(), requestTimeout)
		problem := a.admit(admitting, r, access)
		admitted()
		if problem != nil {
			writeProblem(w, r, problem)
			return
		}
		if requestOf(r.Context()).isHead {
			return
		}
		w = unbuffered(w)
		connection := http.NewResponseController(w)
		// An error means that the connection takes no deadlines, so it has none.
		_ = connection.SetReadDeadline(time.Time{})
		_ = connection.SetWriteDeadline(time.Time{})
		requestOf(r.Context()).now = time.Time{} // Now is that of each moment
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		// A client that no longer reads would hold a write, and with it the stop of the server.
		defer context.AfterFunc(ctx, func() { _ = connection.SetWriteDeadline(time.Now().Add(streamEndTime)) })()
		defer context.AfterFunc(a.streams, cancel)()
		h(ctx, w, r)
	}))
}

// unbuffered returns the writer below those that hold an answer back until it is
// whole, or long enough to be compressed.
func unbuffered(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if _, logs := w.(*answer); logs || !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

// EndStreams ends every stream, including those that begin later. A server that
// stops must call it, because it would wait for them for ever.
func (a *API) EndStreams() { a.stopStreams() }
