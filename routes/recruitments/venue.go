package recruitments

import (
	"cmp"
	"math"
	"strconv"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

// VenueInput is where the appointment takes place, as its stylist writes it.
type VenueInput struct {
	Province     api.Text         `json:"province" minLength:"1" maxLength:"20" example:"서울특별시" doc:"One of /v1/regions; a former name is taken and answered with today's."`
	District     api.Text         `json:"district" minLength:"1" maxLength:"20" example:"강남구" doc:"A district of the province, in the same way; where one was divided, the neighborhood tells which part is meant."`
	Neighborhood api.OptionalName `json:"neighborhood,omitempty" maxLength:"40" doc:"Any text." example:"역삼동"`
	Detail       api.Text         `json:"detail,omitempty" maxLength:"200" doc:"Street and floor; shown only to the model of a confirmed booking."`
	Lat          *float64         `json:"lat,omitempty" minimum:"-90" maximum:"90" doc:"WGS 84; with lng."`
	Lng          *float64         `json:"lng,omitempty" minimum:"-180" maximum:"180" doc:"WGS 84; with lat."`
	Zone         string           `json:"zone,omitempty" maxLength:"64" doc:"IANA zone; Asia/Seoul when left out."`
}

// Resolve implements huma.ResolverWithPath.
func (v *VenueInput) Resolve(_ huma.Context, path *huma.PathBuffer) (errs []error) {
	v.Zone = cmp.Or(v.Zone, api.DefaultZone)
	return checkPoint(path, v.Lat, v.Lng, v.Zone)
}

func checkPoint(path *huma.PathBuffer, lat, lng *float64, zone string) (errs []error) {
	if lat != nil && lng == nil {
		errs = append(errs, api.NewFault(path.With("lng"), "required", "is missing; lat and lng are given together"))
	}
	if lng != nil && lat == nil {
		errs = append(errs, api.NewFault(path.With("lat"), "required", "is missing; lat and lng are given together"))
	}
	if zone != "" && !api.IsZone(zone) {
		errs = append(errs, api.NewFault(path.With("zone"), "unknown_zone", "is not a time zone such as Asia/Seoul"))
	}
	return errs
}

// publicPoint rounds a coordinate to the nearest 0.002 degrees, about 200 m, so
// that distances do not reveal an address.
func publicPoint(exact *float64) *float64 {
	if exact == nil {
		return nil
	}
	// Dividing by 500, not multiplying by 0.002, gives the double nearest to the decimal.
	rounded := math.Round(*exact*500)/500 + 0 // no negative zero
	return &rounded
}

// The mean radius of the earth in km, by the IUGG.
const earthRadius = 6371.0088

// distance returns the SQL for the kilometres between a row's public point and a
// given one: the haversine formula, rounded to the metre.
func distance(lat, lng float64) (string, []any) {
	// LEAST keeps the square root from rounding past 1 between antipodes.
	return "ROUND(2 * " + strconv.FormatFloat(earthRadius, 'f', -1, 64) + " * ASIN(LEAST(1, SQRT(" +
		"POW(SIN(RADIANS(public_lat - ?) / 2), 2) + COS(RADIANS(?)) * COS(RADIANS(public_lat)) * POW(SIN(RADIANS(public_lng - ?) / 2), 2)))), 3)", []any{lat, lat, lng}
}

const kmPerDegree = math.Pi * earthRadius / 180

// box returns a condition, which an index can use, for the rows that can be
// within km of a point: always a range of latitudes, and one of longitudes unless
// the circle crosses a pole or the date line.
func box(lat, lng, km float64) (sql string, args []any) {
	north := km / kmPerDegree
	sql, args = "public_lat BETWEEN ? AND ?", []any{lat - north, lat + north}
	if math.Abs(lat)+north >= 90 {
		return sql, args
	}
	// A circle reaches farthest east and west not at its centre's latitude, but nearer to the pole.
	east := math.Asin(math.Sin(km/earthRadius)/math.Cos(lat*math.Pi/180)) * 180 / math.Pi
	if math.Abs(lng)+east >= 180 {
		return sql, args
	}
	return sql + " AND public_lng BETWEEN ? AND ?", append(args, lng-east, lng+east)
}
