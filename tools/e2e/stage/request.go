package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"slices"
	"syscall"
	"time"
)

const (
	patience   = 2 * time.Minute // for an answer other than a 503
	answerTime = 45 * time.Second
	uploadTime = 2 * time.Minute // a photo may be large, and the phone slow
)

// Request is something that a person sends.
type Request struct {
	Who          *Person
	Method, Path string
	Body         any    // sent as JSON, or a Photo
	Key          string // by which the server knows it when it is sent again
}

// Photo is a picture to be uploaded.
type Photo []byte

// Answer is what came back; its status is 0 when the server was not there.
type Answer struct {
	Status int
	Code   string // of a problem
	Body   []byte
}

// Read decodes the answer's body.
func (a Answer) Read(into any) error { return json.Unmarshal(a.Body, into) }

// String leaves out what a success holds, such as tokens.
func (a Answer) String() string {
	if a.Status < 300 {
		return fmt.Sprint(a.Status)
	}
	return fmt.Sprintf("%d %s", a.Status, a.Body)
}

// Unanswered reports whether the request may have been carried out or not.
func (a Answer) Unanswered() bool { return a.Status == 0 || a.Status == http.StatusServiceUnavailable }

func (r Request) to(ctx context.Context, server *Server) (*http.Request, error) {
	var body bytes.Buffer
	kind := "application/json"
	switch content := r.Body.(type) {
	case nil:
	case Photo:
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("photo", "photo.jpg")
		if err != nil {
			return nil, err
		}
		_, _ = part.Write(content) // a buffer takes everything
		if err := form.Close(); err != nil {
			return nil, err
		}
		kind = form.FormDataContentType()
	default:
		if err := json.NewEncoder(&body).Encode(content); err != nil {
			return nil, err
		}
	}
	h, err := http.NewRequestWithContext(ctx, r.Method, server.URL+r.Path, &body)
	if err != nil {
		return nil, err
	}
	h.Header.Set("X-Forwarded-For", r.Who.address)
	if r.Body != nil {
		h.Header.Set("Content-Type", kind)
	}
	if r.Who.Token != "" {
		h.Header.Set("Authorization", "Bearer "+r.Who.Token)
	}
	if r.Key != "" {
		h.Header.Set("Idempotency-Key", r.Key)
	}
	return h, nil
}

// Send sends a request to a server and counts what comes back. What is neither an
// answer, nor a 503, nor a server that is down, is wrong.
func (s *Stage) Send(ctx context.Context, to *Server, r Request) Answer {
	limit := answerTime
	if _, isUpload := r.Body.(Photo); isUpload {
		limit = uploadTime
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	h, err := r.to(timed, to)
	if err != nil {
		s.Fault("%s %s cannot be sent: %v", r.Method, r.Path, err)
		return Answer{}
	}
	s.Tally.requests.Add(1)
	begin, wasDown := time.Now(), to.down.Load()
	response, err := to.phone.Do(h)
	var a Answer
	if err == nil {
		a.Status = response.StatusCode
		a.Body, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err != nil {
		switch {
		case ctx.Err() != nil:
		case wasDown || to.down.Load():
			s.Tally.refused.Add(1)
		default:
			s.Fault("server %d, %s %s, after %.1f s: %v", to.Number, r.Method, r.Path, time.Since(begin).Seconds(), err)
			if errors.Is(err, syscall.ECONNREFUSED) {
				time.Sleep(time.Second)
			}
		}
		return Answer{}
	}
	s.Tally.took(time.Since(begin), r)
	if a.Status >= 300 {
		var problem struct{ Code string }
		_ = a.Read(&problem) // an answer that is none shows by its status
		a.Code = problem.Code
	}
	switch {
	case a.Status == http.StatusServiceUnavailable:
		s.Tally.unavailable.Add(1)
		if s.Spared != nil && s.Spared(r) {
			s.Fault("server %d, %s %s: %s", to.Number, r.Method, r.Path, a)
		}
	case a.Status >= 500 || a.Status == http.StatusTooManyRequests:
		s.Fault("server %d, %s %s: %s", to.Number, r.Method, r.Path, a)
	case a.Status < 300 && r.Method != http.MethodGet:
		s.Tally.acknowledge()
	}
	return a
}

// SendAny sends a request to one of the servers that run, as a balancer does, which
// learns late that one is told to end.
func (s *Stage) SendAny(ctx context.Context, r Request) Answer {
	up := slices.DeleteFunc(slices.Clone(s.Servers), func(server *Server) bool { return server.away.Load() })
	if len(up) == 0 {
		up = s.Servers
	}
	return s.Send(ctx, up[rand.N(len(up))], r)
}

// Insist sends a request to one server after another until it is answered. Any
// status that is not among those allowed is wrong.
func (s *Stage) Insist(ctx context.Context, r Request, allowed ...int) Answer {
	for begin := time.Now(); ctx.Err() == nil; {
		a := s.SendAny(ctx, r)
		if !a.Unanswered() {
			if !slices.Contains(allowed, a.Status) && a.Status < 500 {
				s.Fault("%s %s: %s", r.Method, r.Path, a)
			}
			return a
		}
		if time.Since(begin) > patience {
			s.Fault("%s %s is not answered within %s", r.Method, r.Path, patience)
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(100*time.Millisecond + rand.N(200*time.Millisecond)):
		}
	}
	return Answer{}
}
