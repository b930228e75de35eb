package system

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/swaggest/swgui/v5emb"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load from this server and nowhere else. Inline
// styles are for the icons of Swagger UI; scripts are files, ours too.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Docs is the documentation page and its files by their paths: Swagger UI,
// embedded, showing /openapi.json.
func (s *System) Docs() map[string]http.Handler {
	files, err := fs.Sub(docsFiles, "docs")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	file := func(name string) http.Handler {
		return withDocsPolicy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) }))
	}
	docs := map[string]http.Handler{"/docs": file("page.html"), "/docs/": file("page.html"), "/docs/start.js": file("start.js")}
	// Of the library only the assets, since its page has a script in it, which the policy would have to allow.
	assets := withDocsPolicy(v5emb.New("Freety", "/openapi.json", "/docs/"))
	for _, name := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png"} {
		docs["/docs/"+name] = assets
	}
	return docs
}

func withDocsPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
