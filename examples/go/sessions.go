// Sessions that a back-channel logout ends, in Go: create, read, save and sign out.
//
// The steps are those of docs/data-model.md, whose numbers stand in the comments. Copy this file into a package of
// yours; driver.go is for the tests.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var (
	// ErrLoggedOut: a logout at or after the ID token was issued covers the login. Send the user to sign in again.
	ErrLoggedOut = errors.New("a logout covers this login")
	// ErrSessionNotFound: the session was logged out, has expired, or another one has its place.
	ErrSessionNotFound = errors.New("no live session has this id")
)

const (
	day = 86_400
	// How far ahead of this machine's clock the OP's may be, in seconds.
	maxClockTolerance = 300
	// How long undoing may take when the caller's context has ended.
	undoTimeout = 10 * time.Second
)

// Sessions are those of one relying party. All times are epoch seconds.
type Sessions struct {
	Client           *dynamodb.Client
	TableName        string
	Issuer, ClientID string
	// Not more than the receiver's maxSessionLifetimeSeconds.
	MaxLifetime int64
	Now         func() time.Time // time.Now
	Random      io.Reader        // crypto/rand.Reader
}

// Login is what the ID token of a login says: its sub, its sid or "", and its iat.
type Login struct {
	Sub, Sid        string
	IDTokenIssuedAt int64
}

// Session is a live session.
type Session struct {
	IDHash, Creation           string
	Login                      Login
	CreatedAt                  int64
	ExpiresAt, LatestExpiresAt int64
	Data                       json.RawMessage
}

type item = map[string]types.AttributeValue

// Create makes the session of a login and returns its id, for the cookie. It fails with ErrLoggedOut.
func (s *Sessions) Create(ctx context.Context, login Login, expiresAt int64, data json.RawMessage) (string, error) {
	// 1. Check what comes from outside.
	at := s.Now()
	now := at.Unix()
	latest := login.IDTokenIssuedAt + s.MaxLifetime
	if expiresAt > latest {
		expiresAt = latest
	}
	if login.Sub == "" {
		return "", errors.New("sub must not be empty")
	}
	if login.IDTokenIssuedAt > now+maxClockTolerance {
		return "", errors.New("the ID token's iat is in the future")
	}
	if expiresAt <= now {
		return "", errors.New("the session would be over at once")
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) || !json.Valid(data) {
		return "", errors.New("data must be a JSON object")
	}
	// 2. Draw the id and the creation.
	id, err := s.draw(24)
	if err != nil {
		return "", err
	}
	random, err := s.draw(16)
	if err != nil {
		return "", err
	}
	idHash := hashOf(id)
	creation := fmt.Sprintf("%012x", at.UnixMilli()) + random
	partitions := s.partitions(login)
	session := sessionKey(idHash)
	session["creation"] = text(creation)
	session["issuer"], session["clientId"] = text(s.Issuer), text(s.ClientID)
	session["sub"] = text(login.Sub)
	if login.Sid != "" {
		session["sid"] = text(login.Sid)
	}
	session["idTokenIssuedAt"], session["createdAt"] = number(login.IDTokenIssuedAt), number(now)
	session["expiresAt"], session["latestExpiresAt"] = number(expiresAt), number(latest)
	session["data"] = text(string(data))

	if err := s.write(ctx, session, idHash, creation, login.IDTokenIssuedAt, partitions, latest); err != nil {
		// 6. Undo, whatever failed: a write without an answer may have been done, or be done yet.
		undoing, cancel := context.WithTimeout(context.Background(), undoTimeout)
		defer cancel()
		if undoErr := s.undo(undoing, idHash, creation, partitions, now); undoErr != nil {
			return "", fmt.Errorf("%w (and what was written could not be undone: %v)", err, undoErr)
		}
		return "", err
	}
	// 7. Hand the id out.
	return id, nil
}

func (s *Sessions) write(ctx context.Context, session item, idHash, creation string, issuedAt int64, partitions []string, latest int64) error {
	// 3. Write the pointers, and wait for both.
	var all []types.AttributeValue
	for _, pk := range partitions {
		all = append(all, text(pk))
	}
	for _, pk := range partitions {
		pointer := pointerKey(pk, idHash, creation)
		pointer["idTokenIssuedAt"] = number(issuedAt)
		pointer["partitions"] = &types.AttributeValueMemberL{Value: all}
		pointer["expiresAt"] = number(latest + day)
		if _, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.TableName, Item: pointer}); err != nil {
			return err
		}
	}
	// 4. Only then read the markers.
	for _, pk := range partitions {
		marker, err := s.get(ctx, item{"pk": text(pk), "sk": text("NOT_BEFORE")})
		if err != nil {
			return err
		}
		if marker == nil {
			continue
		}
		notBefore, err := decimal(marker["notBefore"])
		if err != nil {
			return err
		}
		if notBefore >= float64(issuedAt) {
			return ErrLoggedOut
		}
	}
	// 5. Only then write the session.
	_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           &s.TableName,
		Item:                session,
		ConditionExpression: aws.String("attribute_not_exists(pk)"),
	})
	if !isRefused(err) {
		return err
	}
	// The SDK sends a write again whose answer was lost, and then finds its own. Anything else is a logout's end.
	holder, err := s.get(ctx, sessionKey(idHash))
	if err != nil {
		return err
	}
	if holder == nil || stringOf(holder["creation"]) != creation {
		return ErrSessionNotFound
	}
	if holder["endedAt"] != nil {
		return ErrLoggedOut
	}
	return nil
}

// Writes an end, also where the session is not there: a write of it that is under way must find the id taken.
func (s *Sessions) undo(ctx context.Context, idHash, creation string, partitions []string, now int64) error {
	values := endValues(now)
	values[":creation"] = text(creation)
	_, err := s.update(ctx, idHash, "SET creation = :creation, "+endSets+" REMOVE "+endRemoves,
		"attribute_not_exists(pk) OR creation = :creation AND attribute_not_exists(endedAt) OR successor = :creation",
		values, endNames)
	if err != nil && !isRefused(err) {
		return err
	}
	return s.deletePointers(ctx, idHash, creation, partitions)
}

// Read reads a live session; nil where there is none.
func (s *Sessions) Read(ctx context.Context, id string) (*Session, error) {
	// 1. Read consistently. 2. No session, or the end of one: nobody is signed in. 3. Every read checks the time.
	found, err := s.get(ctx, sessionKey(hashOf(id)))
	if err != nil || found == nil || found["endedAt"] != nil {
		return nil, err
	}
	if stringOf(found["issuer"]) != s.Issuer || stringOf(found["clientId"]) != s.ClientID {
		return nil, nil
	}
	session := &Session{
		IDHash:   hashOf(id),
		Creation: stringOf(found["creation"]),
		Login:    Login{Sub: stringOf(found["sub"]), Sid: stringOf(found["sid"])},
		Data:     json.RawMessage(stringOf(found["data"])),
	}
	for name, field := range map[string]*int64{
		"idTokenIssuedAt": &session.Login.IDTokenIssuedAt,
		"createdAt":       &session.CreatedAt,
		"expiresAt":       &session.ExpiresAt,
		"latestExpiresAt": &session.LatestExpiresAt,
	} {
		value, err := decimal(found[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		*field = int64(value)
	}
	if session.ExpiresAt > session.LatestExpiresAt {
		session.ExpiresAt = session.LatestExpiresAt
	}
	if session.ExpiresAt <= s.Now().Unix() {
		return nil, nil
	}
	return session, nil
}

// Save saves the session that was read, known by its creation; nil and 0 stay as they are. It never brings a session
// back: it fails with ErrSessionNotFound.
func (s *Sessions) Save(ctx context.Context, id, creation string, data json.RawMessage, expiresAt int64) error {
	now := s.Now().Unix()
	assignments := []string{"createdAt = createdAt"}
	values := s.owner()
	values[":now"], values[":creation"] = number(now), text(creation)
	var names map[string]string
	if data != nil {
		assignments = append(assignments, "#data = :data")
		names = map[string]string{"#data": "data"}
		values[":data"] = text(string(data))
	}
	if expiresAt != 0 {
		if expiresAt < now+1 {
			return errors.New("expiresAt must be in the future")
		}
		if expiresAt > now+s.MaxLifetime {
			expiresAt = now + s.MaxLifetime
		}
		assignments = append(assignments, "expiresAt = :expiresAt")
		values[":expiresAt"] = number(expiresAt)
	}
	_, err := s.update(ctx, hashOf(id), "SET "+strings.Join(assignments, ", "),
		"attribute_exists(pk) AND expiresAt > :now AND latestExpiresAt > :now"+
			" AND issuer = :issuer AND clientId = :clientId AND creation = :creation",
		values, names)
	if isRefused(err) {
		return ErrSessionNotFound
	}
	return err
}

// SignOut ends one session. It is no error that it is gone.
func (s *Sessions) SignOut(ctx context.Context, id string) error {
	idHash := hashOf(id)
	values := endValues(s.Now().Unix())
	for name, value := range s.owner() {
		values[name] = value
	}
	// 1. Write the end over the session.
	ended, err := s.update(ctx, idHash, "SET "+endSets+" REMOVE "+endRemoves,
		"attribute_exists(pk) AND attribute_not_exists(endedAt) AND issuer = :issuer AND clientId = :clientId",
		values, endNames)
	if isRefused(err) {
		return nil
	}
	if err != nil {
		return err
	}
	// 2. Only then delete the pointers to it.
	login := Login{Sub: stringOf(ended["sub"]), Sid: stringOf(ended["sid"])}
	return s.deletePointers(ctx, idHash, stringOf(ended["creation"]), s.partitions(login))
}

const (
	endSets    = "endedAt = :now, expiresAt = :kept, cause = :cause"
	endRemoves = "#sub, sid, #data, idTokenIssuedAt, createdAt, latestExpiresAt, successor"
)

// Words that DynamoDB reserves.
var endNames = map[string]string{"#sub": "sub", "#data": "data"}

func endValues(now int64) item {
	return item{":now": number(now), ":kept": number(now + day), ":cause": text("deleted")}
}

// Returns what was there before.
func (s *Sessions) update(ctx context.Context, idHash, expression, condition string, values item, names map[string]string) (item, error) {
	updated, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.TableName,
		Key:                       sessionKey(idHash),
		UpdateExpression:          &expression,
		ConditionExpression:       &condition,
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: values,
		ReturnValues:              types.ReturnValueAllOld,
	})
	if err != nil {
		return nil, err
	}
	return updated.Attributes, nil
}

func (s *Sessions) deletePointers(ctx context.Context, idHash, creation string, partitions []string) error {
	for _, pk := range partitions {
		input := &dynamodb.DeleteItemInput{TableName: &s.TableName, Key: pointerKey(pk, idHash, creation)}
		if _, err := s.Client.DeleteItem(ctx, input); err != nil {
			return err
		}
	}
	return nil
}

// Reads with a strongly consistent read; nil where there is nothing.
func (s *Sessions) get(ctx context.Context, key item) (item, error) {
	input := &dynamodb.GetItemInput{TableName: &s.TableName, Key: key, ConsistentRead: aws.Bool(true)}
	output, err := s.Client.GetItem(ctx, input)
	if err != nil || len(output.Item) == 0 {
		return nil, err
	}
	return output.Item, nil
}

func (s *Sessions) partitions(login Login) []string {
	partitions := []string{"SUBJECT#" + hashOf(s.Issuer, s.ClientID, login.Sub)}
	if login.Sid != "" {
		partitions = append(partitions, "SID#"+hashOf(s.Issuer, s.ClientID, login.Sid))
	}
	return partitions
}

func (s *Sessions) owner() item {
	return item{":issuer": text(s.Issuer), ":clientId": text(s.ClientID)}
}

func (s *Sessions) draw(octets int) (string, error) {
	random := make([]byte, octets)
	if _, err := io.ReadFull(s.Random, random); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(random), nil
}

func sessionKey(idHash string) item {
	return item{"pk": text("SESSION#" + idHash), "sk": text("SESSION")}
}

func pointerKey(partition, idHash, creation string) item {
	return item{"pk": text(partition), "sk": text("SESSION#" + idHash + "#" + creation)}
}

// SHA-256 over the UTF-8 JSON array, base64url without padding: test/vectors/keys.json has vectors.
func hashOf(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = quote(part)
	}
	sum := sha256.Sum256([]byte("[" + strings.Join(quoted, ",") + "]"))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A JSON string in which nothing is escaped that need not be: encoding/json escapes more.
func quote(text string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	var quoted strings.Builder
	for _, character := range text {
		if escape, ok := short[character]; ok {
			quoted.WriteString(escape)
		} else if character < 0x20 {
			fmt.Fprintf(&quoted, `\u%04x`, character)
		} else {
			quoted.WriteRune(character)
		}
	}
	return `"` + quoted.String() + `"`
}

func isRefused(err error) bool {
	var refused *types.ConditionalCheckFailedException
	return errors.As(err, &refused)
}

func text(value string) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: value}
}

func number(value int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(value, 10)}
}

func stringOf(value types.AttributeValue) string {
	if text, ok := value.(*types.AttributeValueMemberS); ok {
		return text.Value
	}
	return ""
}

func decimal(value types.AttributeValue) (float64, error) {
	number, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, errors.New("the table has no number where one must be")
	}
	return strconv.ParseFloat(number.Value, 64)
}
