package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// Shows sends a page instead to who asks for HTML first, as a browser does. When
// the page returns an error, and has written nothing, the route answers.
func Shows(page func(http.ResponseWriter, *http.Request) error) Option {
	return func(r *route) {
		r.op.Description += "\n\nA browser, which asks for text/html first, gets a page."
		r.op.Middlewares = append(r.op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			ctx.AppendHeader("Vary", "Accept")
			first, _, _ := strings.Cut(ctx.Header("Accept"), ",")
			mediaType, _, _ := strings.Cut(first, ";")
			request, w := humamux.Unwrap(ctx)
			if strings.TrimSpace(mediaType) != "text/html" || page(w, request) != nil {
				next(ctx)
			}
		})
	}
}
