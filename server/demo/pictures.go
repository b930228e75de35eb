package demo

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"sync"

	"freety/routes/catalogue"
	"freety/routes/photos"
)

// Picture is what a photo shows: hair seen from behind, for recruitments, or a
// face, for people.
type Picture struct {
	photos.Processed
	face, male bool
	suits      []catalogue.Service // the services that the picture fits
	digest     [sha256.Size]byte
}

//go:embed pictures/*.jpg
var files embed.FS

// kinds lists what the folder pictures holds: for every blurhash of a kind a JPEG
// and its thumbnail, numbered from 1.
var kinds = []struct {
	name          string
	shows         Picture
	width, height int
	blurhashes    []string
}{
	{"straight", Picture{suits: []catalogue.Service{"cut", "straightening", "treatment", "other"}}, 480, 600, []string{"LlO4F.xt~p%MR*a|xuof_3ofD%af", "L+M%fyt7~W%2?aj[WBj[xuj[M{WV", "LuMQ*9t7_N%M.8j]oMof%Mj[IUWB", "LrLg%~t7~pxu~poeogoft8ayIUWB", "L.O3tqt7_4x]xvj[WAf6%Mj[Riay"}},
	{"bob", Picture{suits: []catalogue.Service{"cut", "styling"}}, 480, 600, []string{"LvKw@Kt7~Xxv~qofofoft6j[IUWB", "LfNdBwxu~p%M?Zj[x]of%Nj]IUWC"}},
	{"waves", Picture{suits: []catalogue.Service{"perm", "styling", "extension"}}, 480, 600, []string{"LyK-e4og~Xxv_3oMoeoftRfRIUWB", "LuKeAkt7_Nx[~pofoLoft8j[IUWB", "LpNv[7t7~p%L-=j[t7of-:j[E1WB", "LxNcyms:~W%2?bj[bHof%MkCIUWB"}},
	{"curls", Picture{suits: []catalogue.Service{"perm"}}, 480, 600, []string{"LnNm]1t7_N%MWFfRxukC_3ofD%ae", "LvLh3tt7~qx]?bj[oLoe%Nj[IUWB"}},
	{"colour", Picture{suits: []catalogue.Service{"color"}}, 480, 600, []string{"LtK_IAof_4xu~qofoLofofj[MxWB", "LkNd2Ot7_N%M%~kCt7of=|oLIUWB", "LyNmA[s:~q%L?bj[WCkCxuj[M{WV", "L$NJk1s:~W%2.8j[bHkC-oj[IVWC", "LtL;Hnt7?wxu~qofofofS5fkM_ae"}},
	{"bleached", Picture{suits: []catalogue.Service{"bleach", "extension"}}, 480, 600, []string{"LXOzGIxu%%%N_Nofo#ogxvofRNae", "LjMZ{;t7~p%M~Wofxtt6tSj]E1WB", "L,MQ^it7%ftQ~qofRkofM|ayWBay", "LfO{tFxb*Jx]_3ofn$ofo}j[RPae", "LqMtBot7_4x]?ckCxaofx[j[IUWB"}},
	{"cropped", Picture{male: true, suits: catalogue.Services}, 480, 600, []string{"LWOz3#xu~q-:?wj]%Lt7xukCIUWB", "LaOpY~xu~W-p^%jYxvt7o~fRIUWV", "LpLqtjt7?vx[~poeogofRnfRRPWB", "LQPs*M%M?w.89aWB?bof_3kCIAax", "LnLh6?t7_4x]~pj[ogofRkj[M{WB"}},
	{"face-woman", Picture{face: true}, 480, 480, []string{
		"LhOy*Gxa~q%2^*jZW=oftmf7ROay", "LePF=mxa~q%2?bj]ofof%Mj[M_f6", "LmO3%;t7.Txu.9j[n$j]xaj[V?jZ", "LePY-mxa_N%2?vj[j[j]xuj[Rif6",
		"LdP6Q{xu~q%M^+ofkDoftmj[ROay", "LSPZrtxu.m%ft7j[%Mof_NofMdo2", "LmNv;~t7_3xu~pofRkj[NefkV@ay", "LjNKFpt7?^xu_3j[WXofXmbHa0f6",
	}},
	{"face-man", Picture{face: true, male: true}, 480, 480, []string{"LePZM=xu?w%M-=a#xZofW-fQaJj?", "LePGNzxu.T%MyXa}xGofniayV?f5", "LPQb?~%2_N-;.mbH$*ozVtayaef6"}},
}

// Pictures returns all pictures. All callers get the same slice: do not change
// it.
var Pictures = sync.OnceValue(func() (all []Picture) {
	read := func(name string) []byte {
		data, err := files.ReadFile("pictures/" + name + ".jpg")
		if err != nil {
			panic(err) // the table and the folder are both built in
		}
		return data
	}
	for _, k := range kinds {
		for i, blurhash := range k.blurhashes {
			p, name := k.shows, fmt.Sprintf("%s-%d", k.name, i+1)
			p.Processed = photos.Processed{Main: read(name), Thumbnail: read(name + "-thumb"), Width: k.width, Height: k.height, Blurhash: blurhash}
			p.digest = sha256.Sum256(p.Main)
			all = append(all, p)
		}
	}
	return all
})
