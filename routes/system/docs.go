package system

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"github.com/swaggest/swgui/v5emb"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load from this server and nowhere else. The icons of
// Swagger UI need inline styles, and a picture that it was sent is a blob; all
// scripts are files.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var docsPage = template.Must(template.ParseFS(docsFiles, "docs/page.html"))

// Docs returns the documentation page and its files by path: Swagger UI,
// embedded, which shows /openapi.json. In demo mode, it signs in.
func (s *System) Docs() map[string]http.Handler {
	var people []SignIn
	if s.demo != nil {
		people = s.demo.SignIns
	}
	var page bytes.Buffer
	if err := docsPage.Execute(&page, people); err != nil {
		panic(err) // the page is embedded above
	}
	html := withDocsPolicy(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page.Bytes())
	}))
	script := withDocsPolicy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, docsFiles, "docs/start.js") }))
	docs := map[string]http.Handler{"/docs": html, "/docs/": html, "/docs/start.js": script}
	// The library's own page has an inline script, which the policy would have to allow, so only its assets are used.
	assets := withDocsPolicy(v5emb.New("Freety", "/openapi.json", "/docs/"))
	for _, name := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png"} {
		docs["/docs/"+name] = assets
	}
	return docs
}

//go:embed demo.html
var demoPage []byte

// DemoPage says, to whoever comes with a browser, that this is a demo.
func (s *System) DemoPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(demoPage)
}

func withDocsPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
