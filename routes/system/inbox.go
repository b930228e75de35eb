package system

import (
	_ "embed"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"freety/routes/api"
)

// inboxPolicy lets the page and the letters in it run no script and load nothing.
const inboxPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

//go:embed inbox.html
var inboxText string

var inboxPage = template.Must(template.New("inbox").Parse(inboxText))

// inboxWords are what the page says, by language.
var inboxWords = map[string]struct{ Title, About, To, Find, All, None, Links, Text string }{
	"en": {"Mails of the demo", "The newest 100, newest first; a mail comes a moment after what it tells of.", "To this address", "Find", "All mails", "There is no mail.", "Links", "As plain text"},
	"ko": {"데모 메일함", "최근 100통을 최신순으로 보여 줍니다. 메일은 알릴 일이 생기고 잠시 뒤에 도착해요.", "받는 사람 주소", "찾기", "모든 메일", "메일이 없어요.", "링크", "텍스트로 보기"},
}

// Links are the addresses in a mail.
func (m Mail) Links() []string { return link.FindAllString(m.Text, -1) }

var link = regexp.MustCompile(`https?://[^\s<>"']*[\w/=-]`)

// Shown is the mail as a document for a frame, from which links open elsewhere.
func (m Mail) Shown() string {
	return strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)
}

// When is the time at which the mail was sent, in Seoul.
func (m Mail) When() string {
	return m.SentAt.In(api.Zone(api.DefaultZone)).Format("2006-01-02 15:04:05")
}

// Inbox shows the mails to a person.
func (s *System) Inbox(w http.ResponseWriter, r *http.Request) error {
	to := strings.TrimSpace(r.URL.Query().Get("to"))
	mails, err := s.demo.Mails.Sent(r.Context(), to)
	if err != nil {
		return err
	}
	lang := api.Language(r.Context())
	words, ok := inboxWords[lang]
	if !ok {
		lang, words = "en", inboxWords["en"]
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", inboxPolicy)
	h.Add("Vary", "Accept-Language")
	_ = inboxPage.Execute(w, map[string]any{"Lang": lang, "Words": words, "To": to, "Mails": mails}) // a browser that is gone needs no page
	return nil
}
