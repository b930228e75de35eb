package accounts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"

	"freety/routes/api"

	"github.com/golang-jwt/jwt/v5"
)

const ourHeader = `{"alg":"HS256","kid":"new","typ":"JWT"}`

// ourClaims is what a token of caller says, but for the members of change,
// which are name and JSON in turn; JSON that is empty leaves a member out.
func ourClaims(caller api.Caller, change ...string) string {
	names := []string{"iss", "sub", "sid", "role", "iat", "exp"}
	now := time.Now().Unix()
	values := map[string]string{
		"iss": `"freety"`, "sub": fmt.Sprintf(`"%d"`, caller.AccountID), "sid": fmt.Sprint(caller.SessionID),
		"role": `"model"`, "iat": fmt.Sprint(now), "exp": fmt.Sprint(now + 3600),
	}
	for i := 0; i < len(change); i += 2 {
		if _, there := values[change[i]]; !there {
			names = append(names, change[i])
		}
		values[change[i]] = change[i+1]
	}
	var members []string
	for _, name := range names {
		if values[name] != "" {
			members = append(members, fmt.Sprintf("%q:%s", name, values[name]))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// compact is a token of any header and claims, signed by sign.
func compact(header, claims string, sign func(text string) []byte) string {
	text := encode(header) + "." + encode(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign(text))
}

func mac(h func() hash.Hash, secret []byte) func(string) []byte {
	return func(text string) []byte {
		m := hmac.New(h, secret)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
}

func hs256(secret []byte) func(string) []byte { return mac(sha256.New, secret) }

func noSignature(string) []byte { return nil }

// theirs are the key pairs of an attacker, by the algorithm that they sign with.
type theirs struct {
	keys   map[string]any
	public map[string]string // as PEM
}

func newTheirs(t testing.TB) theirs {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := theirs{keys: map[string]any{"RS256": rsaKey, "PS256": rsaKey, "ES256": ecKey, "EdDSA": edKey}, public: map[string]string{}}
	for alg, key := range a.keys {
		signer, ok := key.(crypto.Signer)
		if !ok {
			t.Fatalf("the key of %s signs nothing", alg)
		}
		der, err := x509.MarshalPKIXPublicKey(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		a.public[alg] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return a
}

func (a theirs) sign(t testing.TB, alg string) func(string) []byte {
	return func(text string) []byte {
		signature, err := jwt.GetSigningMethod(alg).Sign(text, a.keys[alg])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
}

// forgedHeaders are tokens that say of caller what is true, under a header
// that is not ours.
func forgedHeaders(t testing.TB, caller api.Caller) map[string]string {
	t.Helper()
	ours, old := hs256(testKeys[0].Secret), hs256(testKeys[1].Secret)
	their := newTheirs(t)
	claims := ourClaims(caller)
	tokens := map[string]string{}
	add := func(name, header string, sign func(string) []byte) { tokens[name] = compact(header, claims, sign) }

	for _, alg := range []string{"none", "None", "nOnE", "NONE", "none ", "", "hs256", "HS256 ", "HS1", "dir"} {
		add("alg "+alg+" without a signature", fmt.Sprintf(`{"alg":%q,"kid":"new","typ":"JWT"}`, alg), noSignature)
		add("alg "+alg+" with our signature", fmt.Sprintf(`{"alg":%q,"kid":"new","typ":"JWT"}`, alg), ours)
	}
	for _, alg := range []string{`null`, `1`, `true`, `["HS256"]`, `{"HS256":1}`} {
		add("alg that is "+alg, `{"alg":`+alg+`,"kid":"new","typ":"JWT"}`, ours)
	}
	add("no alg", `{"kid":"new","typ":"JWT"}`, ours)
	add("HS384 with our key", `{"alg":"HS384","kid":"new","typ":"JWT"}`, mac(sha512.New384, testKeys[0].Secret))
	add("HS512 with our key", `{"alg":"HS512","kid":"new","typ":"JWT"}`, mac(sha512.New, testKeys[0].Secret))
	for alg, public := range their.public {
		header := fmt.Sprintf(`{"alg":%q,"kid":"new","typ":"JWT"}`, alg)
		add(alg+" of a stranger", header, their.sign(t, alg))
		add(alg+" that is an HMAC of ours", header, ours)
		add(alg+" that is an HMAC by a public key", header, hs256([]byte(public)))
		add("HS256 by a public key of "+alg, ourHeader, hs256([]byte(public)))
	}

	add("no secret", ourHeader, hs256(nil))
	add("secret of a stranger", ourHeader, hs256([]byte("another secret, as long as needed")))
	add("no kid", `{"alg":"HS256","typ":"JWT"}`, ours)
	add("kid of another key", `{"alg":"HS256","kid":"old","typ":"JWT"}`, ours)
	add("another key under our kid", ourHeader, old)
	for _, kid := range []string{
		`null`, `1`, `["new"]`, `{"new":1}`, `""`, `"newer"`, `"NEW"`, `" new"`, `"new\u0000"`, `"0"`,
		`"../../../../dev/null"`, `"/etc/passwd"`, `"file:///dev/null"`, `"https://attacker.example/key"`,
		`"new' OR '1'='1"`, `"x' UNION SELECT '' -- "`, `"new; DROP TABLE sessions"`, `"$(id)"`,
	} {
		header := `{"alg":"HS256","kid":` + kid + `,"typ":"JWT"}`
		add("kid "+kid+" with our signature", header, ours)
		add("kid "+kid+" with no secret", header, hs256(nil))
	}

	// The rest is signed with the secret: what an unknown header may mean is refused with it.
	for name, header := range map[string]string{
		"alg twice, none first":  `{"alg":"none","alg":"HS256","kid":"new","typ":"JWT"}`,
		"alg twice, none last":   `{"alg":"HS256","alg":"none","kid":"new","typ":"JWT"}`,
		"kid twice":              `{"alg":"HS256","kid":"old","kid":"new","typ":"JWT"}`,
		"alg in capitals":        `{"ALG":"HS256","kid":"new","typ":"JWT"}`,
		"crit unknown":           `{"alg":"HS256","crit":["freety"],"freety":1,"kid":"new","typ":"JWT"}`,
		"crit of exp":            `{"alg":"HS256","crit":["exp"],"exp":99999999999,"kid":"new","typ":"JWT"}`,
		"crit that is empty":     `{"alg":"HS256","crit":[],"kid":"new","typ":"JWT"}`,
		"payload not in base64":  `{"alg":"HS256","b64":false,"crit":["b64"],"kid":"new","typ":"JWT"}`,
		"compressed":             `{"alg":"HS256","kid":"new","typ":"JWT","zip":"DEF"}`,
		"encrypted":              `{"alg":"HS256","enc":"A256GCM","kid":"new","typ":"JWT"}`,
		"typ of another use":     `{"alg":"HS256","kid":"new","typ":"logout+jwt"}`,
		"a token within a token": `{"alg":"HS256","cty":"JWT","kid":"new","typ":"JWT"}`,
		"header with a space":    `{"alg": "HS256","kid":"new","typ":"JWT"}`,
		"header that is null":    `null`,
		"header that is a list":  `["HS256","new"]`,
		"header that is text":    `"HS256"`,
		"header twice":           ourHeader + ourHeader,
		"header of nothing":      ``,
	} {
		add(name, header, ours)
	}
	stranger := []byte("the stranger's own secret of 32 b")
	jwk := `{"kty":"oct","alg":"HS256","kid":"new","k":"` + encode(string(stranger)) + `"}`
	for name, member := range map[string]string{
		"jwk that holds the key":  `"jwk":` + jwk,
		"jku that leads to it":    `"jku":"https://attacker.example/keys"`,
		"x5u that leads to it":    `"x5u":"https://attacker.example/chain"`,
		"x5c that holds it":       `"x5c":["` + base64.StdEncoding.EncodeToString(stranger) + `"]`,
		"jku and jwk and no kid":  `"jku":"data:application/json,{}","jwk":` + jwk,
		"x5t of its fingerprints": `"x5t":"AAAA","x5t#S256":"AAAA"`,
	} {
		add(name, `{"alg":"HS256","kid":"new","typ":"JWT",`+member+`}`, hs256(stranger))
		add(name+", signed by us", `{"alg":"HS256","kid":"new","typ":"JWT",`+member+`}`, ours)
	}
	return tokens
}

// damaged are spellings of a token of caller that differ from the one that was issued.
func damaged(caller api.Caller) map[string]string {
	ours := hs256(testKeys[0].Secret)
	good := compact(ourHeader, ourClaims(caller), ours)
	// The two alphabets of base64 differ by these characters, which not every signature has.
	for n := 0; !strings.ContainsAny(good[strings.LastIndex(good, "."):], "-_"); n++ {
		good = compact(ourHeader, ourClaims(caller, "jti", fmt.Sprint(n)), ours)
	}
	parts := strings.Split(good, ".")
	header, claims, signature := parts[0], parts[1], parts[2]
	elevated := strings.Split(compact(ourHeader, ourClaims(caller, "role", `"admin"`), ours), ".")
	spare := signature[:len(signature)-1] + next(signature[len(signature)-1])
	return map[string]string{
		"nothing":                        "",
		"dots":                           "..",
		"words":                          "nonsense",
		"words in parts":                 "a.b.c",
		"one part":                       header,
		"two parts":                      header + "." + claims,
		"no signature":                   header + "." + claims + ".",
		"no claims":                      header + ".." + signature,
		"no header":                      "." + claims + "." + signature,
		"a dot before":                   "." + good,
		"a dot behind":                   good + ".",
		"four parts":                     good + "." + signature,
		"five parts, as if encrypted":    header + "." + encode("key") + "." + encode("nonce") + "." + claims + "." + signature,
		"two tokens":                     good + "," + good,
		"two signatures":                 header + "." + claims + "." + signature + signature,
		"signature of other claims":      header + "." + claims + "." + elevated[2],
		"claims of another signature":    header + "." + elevated[1] + "." + signature,
		"signature cut by a character":   good[:len(good)-1],
		"signature cut to half":          header + "." + claims + "." + signature[:len(signature)/2],
		"signature of zeros":             compact(ourHeader, ourClaims(caller), func(string) []byte { return make([]byte, sha256.Size) }),
		"signature longer by a byte":     compact(ourHeader, ourClaims(caller), func(text string) []byte { return append(ours(text), 0) }),
		"signature shorter by a byte":    compact(ourHeader, ourClaims(caller), func(text string) []byte { return ours(text)[:sha256.Size-1] }),
		"signature of the claims alone":  compact(ourHeader, ourClaims(caller), func(text string) []byte { return ours(text[strings.Index(text, ".")+1:]) }),
		"last character with spare bits": header + "." + claims + "." + spare,
		"padded":                         good + "=",
		"padded twice":                   good + "==",
		"header padded":                  header + "=." + claims + "." + signature,
		"the other base64":               strings.NewReplacer("-", "+", "_", "/").Replace(good),
		"in percents":                    strings.ReplaceAll(good, ".", "%2E"),
		"a space before":                 " " + good,
		"a space behind":                 good + " ",
		"a space within":                 header + ". " + claims + "." + signature,
		"a tab behind":                   good + "\t",
		"a line break behind":            good + "\n",
		"a line break before":            "\r\n" + good,
		"a line break within":            header + "." + claims + "." + signature[:9] + "\r\n" + signature[9:],
		"a line break in the header":     header[:5] + "\n" + header[5:] + "." + claims + "." + signature,
		"a null behind":                  good + "\x00",
		"with its scheme":                "Bearer " + good,
		"in quotes":                      `"` + good + `"`,
		"as JSON, flattened":             fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, claims, header, signature),
		"as JSON, general":               fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, claims, header, signature),
		"as JSON, with dots":             fmt.Sprintf(`{"a":".","payload":%q,"protected":%q,"b":".","signature":%q}`, claims, header, signature),
		"as JSON, header not protected":  fmt.Sprintf(`{"payload":%q,"header":%s,"signature":%q}`, claims, ourHeader, signature),
	}
}

// next is the character behind c in base64: in the last place of a signature
// it stands for the same bytes.
func next(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

// falseClaims are claims about caller that are not good, though signed by us.
func falseClaims(caller api.Caller) map[string]string {
	now := time.Now().Unix()
	claims := map[string]string{
		"nothing": ``, "an empty object": `{}`, "null": `null`, "a list": `[]`, "text": `"7"`, "a number": `7`,
		"no JSON": `{"iss"`, "two objects": ourClaims(caller) + ourClaims(caller), "something behind": ourClaims(caller) + "x",
		"too deep":   strings.Repeat("[", 100_000),
		"past exp":   ourClaims(caller, "exp", fmt.Sprint(now-1)),
		"future nbf": ourClaims(caller, "nbf", fmt.Sprint(now+60)),
		"EXP alone":  ourClaims(caller, "exp", "", "expires", fmt.Sprint(now+60)),
	}
	for name, values := range map[string][]string{
		"iss": {``, `null`, `""`, `"Freety"`, `"freety "`, `"somebody"`, `["freety"]`, `1`},
		"exp": {``, `null`, `0`, `-1`, `1e400`, `-1e400`, `"never"`, `"99999999999x"`, `""`, `true`, `[99999999999]`, `{}`, `NaN`, `Infinity`, `0x7fffffff`},
		"nbf": {`"soon"`, `1e400`, `[]`},
		"iat": {`"once"`, `1e400`},
		"sub": {``, `null`, `""`, `"0"`, `"-1"`, fmt.Sprintf(`"-%d"`, caller.AccountID), fmt.Sprint(caller.AccountID), `"seven"`, `"9223372036854775808"`,
			fmt.Sprintf(`"%d.0"`, caller.AccountID), fmt.Sprintf(`" %d"`, caller.AccountID), fmt.Sprintf(`"%d OR 1=1"`, caller.AccountID), fmt.Sprintf(`["%d"]`, caller.AccountID), `true`, `{}`},
		"sid": {``, `null`, `0`, `-1`, fmt.Sprintf(`-%d`, caller.SessionID), fmt.Sprintf(`"%d"`, caller.SessionID), fmt.Sprintf(`[%d]`, caller.SessionID),
			fmt.Sprintf(`%d.5`, caller.SessionID), `9223372036854775808`, `1e400`, `true`, `{}`},
	} {
		for _, value := range values {
			what := value
			if what == "" {
				what = "missing"
			}
			claims[name+" "+what] = ourClaims(caller, name, value)
		}
	}
	return claims
}

func TestATokenThatWasNotIssuedIsRefused(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	session := signUp(t, a, api.Model, "haneul@example.com", testPassword)
	caller, err := a.Authenticate(t.Context(), session.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	// Made as the bad ones are, so that what refuses these is what is wrong with them.
	for i, header := range []string{ourHeader, strings.Replace(ourHeader, "new", "old", 1)} {
		if got, err := a.Authenticate(t.Context(), compact(header, ourClaims(caller), hs256(testKeys[i].Secret))); err != nil || got != caller {
			t.Fatalf("the good one of %s: %+v, %v", testKeys[i].ID, got, err)
		}
	}
	signed := map[string]string{}
	for name, claims := range falseClaims(caller) {
		signed[name] = compact(ourHeader, claims, hs256(testKeys[0].Secret))
	}
	for kind, tokens := range map[string]map[string]string{"header": forgedHeaders(t, caller), "form": damaged(caller), "claims": signed} {
		for name, token := range tokens {
			if got, err := a.Authenticate(t.Context(), token); !errors.Is(err, api.ErrToken) || got != (api.Caller{}) {
				t.Errorf("%s, %s: got %+v, %v", kind, name, got, err)
			}
		}
	}
	if _, err := a.Authenticate(t.Context(), session.AccessToken); err != nil {
		t.Errorf("the session after the attacks: %v", err)
	}
}

func TestAHugeTokenIsRefusedInTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	tokens := newTokens(testKeys)
	long := strings.Repeat("A", size)
	good := strings.Split(compact(ourHeader, ourClaims(testCaller), hs256(testKeys[0].Secret)), ".")
	for name, token := range map[string]string{
		"one part":           long,
		"of dots":            strings.Repeat(".", size),
		"header":             long + "." + good[1] + "." + good[2],
		"kid":                compact(`{"alg":"HS256","kid":"`+long+`","typ":"JWT"}`, ourClaims(testCaller), hs256(testKeys[0].Secret)),
		"header of nestings": compact(strings.Repeat("[", size), ourClaims(testCaller), noSignature),
		"claims":             good[0] + "." + long + "." + good[2],
		"claims of nestings": compact(ourHeader, strings.Repeat(`{"a":`, size/5), noSignature),
		"many claims":        compact(ourHeader, "{"+strings.Repeat(`"a":1,`, size/6)+`"a":1}`, noSignature),
		"end of digits":      compact(ourHeader, ourClaims(testCaller, "exp", strings.Repeat("9", size)), noSignature),
		"signature":          good[0] + "." + good[1] + "." + long,
	} {
		start := time.Now()
		if got, err := tokens.verify(token); err == nil || got != (api.Caller{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		// Linear work takes a second under the race detector; quadratic work would take minutes.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: refused after %v only", name, took)
		}
	}
}
