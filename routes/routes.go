// Package routes is the whole API as one table.
package routes

import (
	"crypto/hkdf"
	"crypto/sha256"
	_ "embed"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"freety/config"
	"freety/db"
	"freety/db/query"
	"freety/routes/accounts"
	"freety/routes/api"
	"freety/routes/bookings"
	"freety/routes/catalogue"
	"freety/routes/people"
	"freety/routes/photos"
	"freety/routes/recruitments"
	"freety/routes/system"
)

// codes are those of the errors that are not common to all routes, as a whole run
// of the tests has seen them. go run ./tools/codes -update bin/seen writes them.
//
//go:embed codes.txt
var codes string

// examples are those of the document; go test ./routes -update records an answer
// that is missing or does not fit any more.
//
//go:embed examples.json
var examples []byte

// Deps is what the API needs from outside.
type Deps struct {
	DB          *db.DB
	Store       photos.Store
	Clock       api.Clock
	JWTKeys     []config.JWTKey // the first signs
	PublicURL   string          // without a slash at its end
	CORSOrigins []string
	Proxies     []netip.Prefix // whose X-Forwarded-For is believed
	Limits      config.Limits
	Log         *slog.Logger
	Observe     func(route, method string, status int, took time.Duration) // for metrics; nil: off
	Demo        *system.Demo                                               // nil: not in demo mode

	PasswordCost int // of bcrypt; 0 is the cost for real passwords, tests take a lower one
}

// New registers every route: who may call it, and what answers.
func New(d Deps) *api.API {
	links := photos.Links{BaseURL: d.PublicURL, Keys: derive(d.JWTKeys, "freety photos")}
	library := photos.NewLibrary(d.DB, d.Store, links)
	rec := recruitments.New(d.DB, library)
	book := bookings.New(d.DB, rec, links)
	acc := accounts.New(d.DB, links, d.JWTKeys, d.PasswordCost, d.Demo != nil)
	ppl := people.New(d.DB, links)
	cat := catalogue.New(d.DB)
	sys := system.New(d.DB, d.Store, d.Demo)

	a := api.New(api.Config{
		Authenticate: acc.Authenticate,
		Clock:        d.Clock,
		Codes:        api.ReadCodes(codes),
		Cursors:      query.Signer{Keys: derive(d.JWTKeys, "freety cursors")},
		CORSOrigins:  d.CORSOrigins,
		Examples:     examples,
		Log:          d.Log,
		Observe:      d.Observe,
		Proxies:      d.Proxies,
		PublicURL:    d.PublicURL,
		Limits:       d.Limits,
		WideLimits:   d.Demo != nil,
	})

	a.Section("System", "The server itself, and what the other routes choose from.")
	api.Get(a, "/ping", api.Anyone, "ping", "Answer pong.", sys.Ping, api.Answers("text/plain"), api.CountsAs(api.Uncounted), api.IgnoresToken())
	api.Get(a, "/healthz", api.Anyone, "health", "Tell that the process is alive.", sys.Health, api.CountsAs(api.Uncounted), api.IgnoresToken())
	api.Get(a, "/readyz", api.Anyone, "readiness", "Tell whether the database can be read and written and the photo store answers.", sys.Ready, api.CountsAs(api.Uncounted), api.IgnoresToken())
	api.Get(a, "/v1/services", api.Anyone, "listServices", "List the services.", cat.Services, api.Cached(time.Hour))
	api.Get(a, "/v1/regions", api.Anyone, "listRegions", "List the provinces, districts and neighborhoods.", cat.Regions, api.Cached(time.Minute))
	api.Get(a, "/photos/{file}", api.Anyone, "getPhotoFile", "Get a picture.", library.File, api.Answers("image/jpeg"), api.Slow(), api.CountsAs(api.Uncounted), api.IgnoresToken())
	if d.Demo != nil {
		a.OpenAPI().Info.Description = "**This is a demo.** Anybody can sign in as its people, read all mails, move its clock and delete everything.\n\n" + a.OpenAPI().Info.Description
		a.Raw("/demo", http.HandlerFunc(sys.DemoPage))
		a.Section("Demo", "Only in demo mode: what was mailed, a clock that can be moved, and a new beginning.")
		api.Get(a, "/demo/mails", api.Anyone, "listDemoMails", "List the mails that were sent, newest first.", sys.Mails, api.Shows(sys.Inbox))
		api.Get(a, "/demo/clock", api.Anyone, "getDemoClock", "Get what the clock of bookings and recruitments shows.", sys.Clock)
		api.Post(a, "/demo/clock", api.Anyone, "advanceDemoClock", "Move the clock of bookings and recruitments forward.", sys.AdvanceClock)
		api.Post(a, "/demo/reset", api.Anyone, "resetDemo", "Make the demo anew: its data, clock and mails; everybody has to sign in again.", sys.Reset, api.Fails(http.StatusForbidden), api.Slow(), api.IgnoresToken())
	}

	a.Section("Accounts", "Signing up, in and out.")
	api.Post(a, "/v1/signup/email", api.Anyone, "signUpByEmail", "Sign up by email.", acc.SignUpByEmail, api.Status(http.StatusCreated), api.IgnoresToken(), api.CountsAs(api.SignIns))
	api.Post(a, "/v1/login/email", api.Anyone, "logInByEmail", "Log in by email.", acc.LogInByEmail, api.Fails(http.StatusUnauthorized), api.IgnoresToken(), api.CountsAs(api.SignIns))
	api.Post(a, "/v1/token/refresh", api.Anyone, "refreshSession", "Get new tokens; each refresh token works once.", acc.Refresh, api.Fails(http.StatusUnauthorized), api.IgnoresToken(), api.CountsAs(api.Reads))
	api.Post(a, "/v1/logout", api.SignedIn, "logOut", "End this session, the others, or all.", acc.LogOut, api.NotIdempotent())
	api.Get(a, "/v1/me", api.SignedIn, "getMe", "Get the account that is signed in.", acc.Me)

	a.Section("People", "Stylists and models, and what each says of themselves.")
	api.Get(a, "/v1/me/profile", api.SignedIn, "getProfile", "Get the caller's profile.", ppl.Profile)
	api.Patch(a, "/v1/me/profile", api.SignedIn, "updateProfile", "Change the caller's profile.", ppl.UpdateProfile)
	api.Get(a, "/v1/stylists/{id}", api.Anyone, "getStylist", "Get a stylist.", ppl.Stylist)

	a.Section("Recruitments", "Stylists' calls for models: finding, reading, writing and keeping them.", api.PrefixOf[recruitments.Card]("Recruitment"))
	api.Get(a, "/v1/recruitments", api.Anyone, "listRecruitments", "Search open recruitments.", rec.List, api.CountsAs(api.Searches),
		api.Says("503 `search_too_slow`: the search took more than 2 seconds; narrow it."))
	api.Post(a, "/v1/recruitments", api.Stylists, "createRecruitment", "Write a recruitment.", rec.Create, api.Status(http.StatusCreated))
	api.Get(a, "/v1/recruitments/{id}", api.Anyone, "getRecruitment", "Get a recruitment.", book.GetRecruitment)
	api.Patch(a, "/v1/recruitments/{id}", api.SignedIn, "updateRecruitment", "Change the caller's own recruitment.", rec.Update)
	api.Delete(a, "/v1/recruitments/{id}", api.SignedIn, "deleteRecruitment", "Delete the caller's own recruitment.", book.DeleteRecruitment)
	api.Post(a, "/v1/recruitments/{id}/publish", api.SignedIn, "publishRecruitment", "Open the caller's own draft.", rec.Publish)
	api.Post(a, "/v1/recruitments/{id}/close", api.SignedIn, "closeRecruitment", "Close the caller's own recruitment.", book.CloseRecruitment)
	api.Post(a, "/v1/recruitments/{id}/reopen", api.SignedIn, "reopenRecruitment", "Open the caller's own closed recruitment.", rec.Reopen)
	api.Post(a, "/v1/recruitments/{id}/photos", api.SignedIn, "addRecruitmentPhotos", "Add photos to the caller's own recruitment.", rec.AddPhotos, api.Status(http.StatusCreated), api.Multipart(photos.Form(1, recruitments.MaxPhotos)), api.CountsAs(api.Uploads))
	api.Put(a, "/v1/recruitments/{id}/photos/order", api.SignedIn, "orderRecruitmentPhotos", "Set the order of the photos; the first is the cover.", rec.OrderPhotos)
	api.Delete(a, "/v1/recruitments/{id}/photos/{photoId}", api.SignedIn, "deleteRecruitmentPhoto", "Delete a photo of the caller's own recruitment.", rec.DeletePhoto)
	api.Put(a, "/v1/recruitments/{id}/favorite", api.Models, "favoriteRecruitment", "Keep a recruitment.", rec.Favorite)
	api.Delete(a, "/v1/recruitments/{id}/favorite", api.Models, "unfavoriteRecruitment", "Let go of a recruitment.", rec.Unfavorite)
	api.Get(a, "/v1/me/favorites", api.Models, "listFavorites", "List the recruitments that the caller keeps.", rec.ListFavorites)
	api.Get(a, "/v1/me/recruitments", api.Stylists, "listOwnRecruitments", "List the caller's own recruitments.", rec.ListMine)

	a.Section("Bookings", "One model and one slot, from the application to the end.", api.PrefixOf[bookings.Booking]("Booking"))
	api.Post(a, "/v1/recruitments/{id}/bookings", api.Models, "apply", "Apply for a slot.", book.Apply, api.CountsAs(api.Applications), api.Status(http.StatusCreated))
	api.Get(a, "/v1/me/bookings", api.SignedIn, "listBookings", "List the caller's bookings.", book.ListMine)
	api.Get(a, "/v1/bookings/{id}", api.SignedIn, "getBooking", "Get a booking.", book.Get)
	api.Get(a, "/v1/bookings/{id}/events", api.SignedIn, "listBookingEvents", "List the history of a booking.", book.ListEvents)
	api.Post(a, "/v1/bookings/{id}/accept", api.SignedIn, "acceptBooking", "Accept an application or an offer.", book.Act(bookings.Accept))
	api.Post(a, "/v1/bookings/{id}/decline", api.SignedIn, "declineBooking", "Decline an application or an offer.", book.Act(bookings.Decline))
	api.Post(a, "/v1/bookings/{id}/withdraw", api.SignedIn, "withdrawBooking", "Withdraw an application or an offer.", book.Act(bookings.Withdraw))
	api.Post(a, "/v1/bookings/{id}/cancel", api.SignedIn, "cancelBooking", "Cancel a confirmed booking.", book.Act(bookings.Cancel))
	api.Post(a, "/v1/bookings/{id}/complete", api.SignedIn, "completeBooking", "Say that the appointment took place.", book.Act(bookings.Complete))

	a.ServeDocument()
	a.Raw("/", http.RedirectHandler("/docs", http.StatusFound))
	for path, page := range sys.Docs() {
		a.Raw(path, page)
	}
	return a
}

// derive makes keys for a purpose from those of the tokens, so that every
// server reads what every other has signed, and no key tells another.
func derive(keys []config.JWTKey, purpose string) (derived [][]byte) {
	for _, key := range keys {
		secret, err := hkdf.Key(sha256.New, key.Secret, nil, purpose, sha256.Size)
		if err != nil {
			panic(err) // only a length that SHA-256 cannot give is refused
		}
		derived = append(derived, secret)
	}
	return derived
}
