package system

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"

	"freety/routes/api"

	"github.com/swaggest/swgui/v5emb"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load from this server and nowhere else. Inline
// styles are for the icons of Swagger UI; scripts are files, ours too.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Docs is the documentation page at /docs: Swagger UI, its files embedded,
// showing /openapi.json.
func (s *System) Docs() http.Handler {
	// Of the library only the assets, since its page has a script in it, which the policy would have to allow.
	assets := v5emb.New("Freety", "/openapi.json", "/docs/")
	files, err := fs.Sub(docsFiles, "docs")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	page := func(w http.ResponseWriter, r *http.Request, name string) {
		http.ServeFileFS(w, r, files, name)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Cache-Control", "no-cache")
		switch name := strings.TrimPrefix(r.URL.Path, "/docs"); name {
		case "", "/":
			page(w, r, "page.html")
		case "/start.js":
			page(w, r, "start.js")
		case "/swagger-ui.css", "/swagger-ui-bundle.js", "/favicon-16x16.png", "/favicon-32x32.png":
			assets.ServeHTTP(w, r)
		default:
			notFound(w)
		}
	})
}

// notFound is the problem that the kernel answers, which does not see these paths.
func notFound(w http.ResponseWriter) {
	problem := api.NotFound()
	problem.RequestID = w.Header().Get("X-Request-Id")
	w.Header().Set("Content-Type", problem.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(problem.Status)
	_ = json.NewEncoder(w).Encode(problem)
}
