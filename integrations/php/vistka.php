<?php
/*
 * Vistka on the side of a PHP shop: reads open orders and writes two columns, for signed requests only.
 *
 * Put this file into the shop's folder and open it in a browser: it says what goes into vistka-config.php beside it (or
 * one folder up, where no browser reaches). ../PROTOCOL.md says what is spoken, ../README.md how it is installed.
 * PHP 7.4 or newer with PDO; MySQL, MariaDB or SQLite. MIT licence.
 */

declare(strict_types=1);

const VISTKA_VERSION = '0.1.0';
const VISTKA_WINDOW = 300;
const VISTKA_KEPT = 600;
const VISTKA_SHORTEST_SECRET = 32;
const VISTKA_MOST_ORDERS = 500;
const VISTKA_LONGEST_PACKED = 1048576;
const VISTKA_LONGEST_BODY = 2097152;

/** What a config need not say; names as in the schema files of Vistka. */
const VISTKA_DEFAULTS = [
    'keys' => [],
    'dsn' => '',
    'user' => '',
    'password' => '',
    'datetime_zone' => 'UTC',
    'seen_table' => 'vistka_seen',
    'orders' => [
        'table' => '',
        'key' => 'id',
        'number' => '',
        'tracking' => '',
        'status' => '',
        'open_statuses' => [],
        'shipment_status' => 'shipment_status',
        'shipment_status_updated' => 'shipment_status_updated',
        'phone' => '',
        'user' => '',
        'chat' => '',
        'language' => '',
    ],
    'profiles' => null,
];

/** Why a request is not answered: a code of the protocol, and words that name settings, never values. */
final class VistkaRefused extends Exception
{
    /** @var string */
    public $reason;

    public function __construct(string $reason, string $text = '')
    {
        parent::__construct($text);
        $this->reason = $reason;
    }
}

// --- the signature ---------------------------------------------------------------------------------------------------

/** What can be refused before the body is read. */
function vistka_check_envelope(array $headers, array $keys, int $now): void
{
    if ($keys === []) {
        throw new VistkaRefused('no_key');
    }
    $forms = [
        'key' => '/\A[A-Za-z0-9._-]{1,64}\z/',
        'time' => '/\A[0-9]{1,12}\z/',
        'nonce' => '/\A[0-9a-f]{32}\z/',
        'signature' => '/\A[0-9a-f]{64}\z/',
    ];
    foreach ($forms as $name => $form) {
        if (preg_match($form, $headers[$name]) !== 1) {
            throw new VistkaRefused('unsigned');
        }
    }
    if (!isset($keys[$headers['key']])) {
        throw new VistkaRefused('key_unknown');
    }
    if (abs($now - (int) $headers['time']) > VISTKA_WINDOW) {
        throw new VistkaRefused('clock_wrong');
    }
}

/** After the envelope; the body as it is before gzip. */
function vistka_check_signature(
    array $headers,
    array $keys,
    string $method,
    string $operation,
    array $parameters,
    string $body
): void {
    ksort($parameters, SORT_STRING);
    $pairs = [];
    foreach ($parameters as $name => $value) {
        $pairs[] = $name . '=' . rawurlencode($value);
    }
    $target = $pairs === [] ? $operation : $operation . '?' . implode('&', $pairs);
    $lines = ['vistka-1', $headers['key'], $headers['time'], $headers['nonce'], $method, $target, hash('sha256', $body)];
    $expected = hash_hmac('sha256', implode("\n", $lines), $keys[$headers['key']]);
    if (!hash_equals($expected, $headers['signature'])) {
        throw new VistkaRefused('signature_wrong');
    }
}

/** The body before gzip: some servers have unpacked it already, so its first bytes decide. */
function vistka_unpack(string $raw): string
{
    if (strlen($raw) > VISTKA_LONGEST_PACKED) {
        throw new VistkaRefused('too_large');
    }
    if (strncmp($raw, "\x1f\x8b", 2) !== 0) {
        return $raw;
    }
    if (!function_exists('inflate_init')) {
        throw new VistkaRefused('shop_mismatch', "PHP has no zlib; have the host switch it on");
    }
    $unpacker = inflate_init(ZLIB_ENCODING_GZIP);
    $body = '';
    foreach (str_split($raw, 4096) as $piece) {
        $more = @inflate_add($unpacker, $piece);
        if ($more === false) {
            throw new VistkaRefused('request_wrong', 'the body cannot be unpacked');
        }
        $body .= $more;
        if (strlen($body) > VISTKA_LONGEST_BODY) {
            throw new VistkaRefused('too_large');
        }
    }
    if (inflate_get_status($unpacker) !== ZLIB_STREAM_END) {
        throw new VistkaRefused('request_wrong', 'the body breaks off');
    }
    return $body;
}

// --- the config ------------------------------------------------------------------------------------------------------

/** The config of the shop over the defaults, and what is wrong with it. */
function vistka_config(array $given): array
{
    $config = array_replace(VISTKA_DEFAULTS, $given);
    $config['orders'] = array_replace(VISTKA_DEFAULTS['orders'], (array) ($given['orders'] ?? []));
    if (is_array($config['profiles'])) {
        $config['profiles'] = array_replace(
            ['table' => '', 'user' => '', 'chat' => '', 'language' => ''],
            $config['profiles']
        );
    }
    $config['problems'] = array_merge(
        vistka_unknown($given, VISTKA_DEFAULTS, ''),
        vistka_unknown((array) ($given['orders'] ?? []), VISTKA_DEFAULTS['orders'], 'orders.'),
        vistka_wrong_names($config)
    );
    if (@timezone_open((string) $config['datetime_zone']) === false) {
        $config['problems'][] = 'datetime_zone: no time zone; give one like Europe/Kyiv or UTC';
    }
    if ($config['dsn'] === '') {
        $config['problems'][] = "dsn: missing; such as 'mysql:host=localhost;dbname=shop'";
    }
    return $config;
}

/** The usable keys: a short secret opens nothing. */
function vistka_keys(array $config): array
{
    return array_filter((array) $config['keys'], static function ($secret): bool {
        return is_string($secret) && strlen($secret) >= VISTKA_SHORTEST_SECRET;
    });
}

function vistka_unknown(array $given, array $known, string $where): array
{
    $problems = [];
    foreach (array_keys($given) as $name) {
        if (!array_key_exists($name, $known)) {
            $problems[] = "$where$name: unknown setting";
        }
    }
    return $problems;
}

function vistka_wrong_names(array $config): array
{
    $problems = [];
    $tables = ['orders' => $config['orders']] + (is_array($config['profiles']) ? ['profiles' => $config['profiles']] : []);
    $optional = ['phone', 'user', 'chat', 'language'];
    foreach ($tables as $section => $names) {
        foreach ($names as $name => $value) {
            if ($name === 'open_statuses') {
                if (!is_array($value) || $value === []) {
                    $problems[] = "$section.$name: list the statuses of orders that are still under way";
                }
            } elseif ($value === '' && in_array($name, $optional, true) && !($section === 'profiles' && $name !== 'language')) {
                continue;
            } elseif (!is_string($value) || preg_match('/\A(?:[A-Za-z_][A-Za-z0-9_$]*\.)?[A-Za-z_][A-Za-z0-9_$]*\z/', $value) !== 1) {
                $problems[] = "$section.$name: " . ($value === '' ? 'missing' : 'no name of a table or column');
            }
        }
    }
    return $problems;
}

// --- the database ----------------------------------------------------------------------------------------------------

/** The shop's tables through PDO. Errors are PDOExceptions, whose words never leave this file. */
final class VistkaShop
{
    /** @var PDO */
    private $pdo;
    /** @var bool */
    private $mysql;
    /** @var array */
    private $config;
    /** @var array of each section: column in lower case => [type, characters, collation] */
    private $columns = [];

    public function __construct(array $config)
    {
        $options = [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_EMULATE_PREPARES => false,
            PDO::ATTR_TIMEOUT => 5,
        ];
        $this->mysql = strncasecmp($config['dsn'], 'mysql:', 6) === 0;
        if ($this->mysql) {
            // A row that is as it should be already counts as found. The constant has moved in PHP 8.4.
            if (!extension_loaded('pdo_mysql')) {
                throw new VistkaRefused('shop_mismatch', 'dsn: PHP has no pdo_mysql; have the host switch it on');
            }
            $found = defined('Pdo\Mysql::ATTR_FOUND_ROWS') ? 'Pdo\Mysql::ATTR_FOUND_ROWS' : 'PDO::MYSQL_ATTR_FOUND_ROWS';
            $options[constant($found)] = true;
        }
        $this->config = $config;
        try {
            $this->pdo = new PDO($config['dsn'], (string) $config['user'], (string) $config['password'], $options);
        } catch (PDOException $error) {
            throw self::unreachable($error);
        }
        if ($this->mysql) {
            // Strict, so that nothing is cut unseen; UTC, as TIMESTAMP columns go by the session.
            $this->pdo->exec('SET NAMES utf8mb4');
            $this->pdo->exec("SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION time_zone = '+00:00'");
        }
    }

    public function name(): string
    {
        $version = (string) $this->pdo->getAttribute(PDO::ATTR_SERVER_VERSION);
        if (!$this->mysql) {
            return "SQLite $version";
        }
        $maria = stripos($version, 'mariadb') !== false;
        preg_match_all('/\d+\.\d+\.\d+/', $version, $numbers);
        $numbers = array_values(array_diff($numbers[0], ['5.5.5'])); // what MariaDB once said first, for old clients
        return ($maria ? 'MariaDB ' : 'MySQL ') . ($numbers[0] ?? $version);
    }

    /** What of the config is not in the database; asked before every operation, so that nothing is half done. */
    public function problems(): array
    {
        $problems = [];
        foreach (['orders', 'profiles'] as $section) {
            $names = $this->config[$section];
            if (!is_array($names)) {
                continue;
            }
            try {
                $this->columns[$section] = $this->describe($names['table']);
            } catch (PDOException $error) {
                $this->columns[$section] = [];
            }
            if ($this->columns[$section] === []) {
                $problems[] = "$section.table: the database shows no table '{$names['table']}' (none there, or no privilege)";
                continue;
            }
            foreach ($names as $field => $column) {
                if (in_array($field, ['table', 'open_statuses'], true) || $column === '') {
                    continue;
                }
                if (!isset($this->columns[$section][strtolower($column)])) {
                    $problems[] = "$section.$field: table '{$names['table']}' has no column '$column'" . $this->remedy($field);
                }
            }
        }
        return $problems === [] ? $this->wrongTypes() : $problems;
    }

    /** Characters of the column for the text; 0 is without limit. */
    public function length(): int
    {
        return $this->column('shipment_status')[1];
    }

    /** Whether the two columns may be written; no row is. */
    public function writable(): bool
    {
        try {
            $this->pdo->prepare("{$this->update()} WHERE 1 = 0")->execute([null, null]);
            return true;
        } catch (PDOException $error) {
            return false;
        }
    }

    /** A nonce is taken once; false for one that was seen. */
    public function take(string $nonce, int $now): bool
    {
        $table = $this->quote($this->config['seen_table']);
        try {
            $this->run("DELETE FROM $table WHERE seen_at < ?", [$now - VISTKA_KEPT]);
        } catch (PDOException $error) {
            $create = "CREATE TABLE IF NOT EXISTS $table (nonce CHAR(32) NOT NULL PRIMARY KEY, seen_at BIGINT NOT NULL)";
            try {
                $this->pdo->exec($create);
            } catch (PDOException $refusal) {
                $this->orAway($refusal);
                throw new VistkaRefused('shop_mismatch', "seen_table: it cannot be made; run by hand: $create");
            }
        }
        try {
            $this->run("INSERT INTO $table (nonce, seen_at) VALUES (?, ?)", [$nonce, $now]);
        } catch (PDOException $error) {
            if (strncmp((string) $error->getCode(), '23', 2) === 0) {
                return false;
            }
            throw $error;
        }
        return true;
    }

    public function openOrders(?string $after, int $limit): array
    {
        $orders = $this->config['orders'];
        [$key, $tracking] = [$this->quote($orders['key']), $this->quote($orders['tracking'])];
        $values = $orders['open_statuses'];
        $where = "{$this->isOpen()} AND $tracking IS NOT NULL AND TRIM($tracking) <> ''";
        if ($after !== null) {
            if (!$this->canBeKey($after)) {
                throw new VistkaRefused('request_wrong', 'after: not a key of this shop');
            }
            $where .= " AND $key > ?";
            $values[] = $after;
        }
        $rows = $this->select("WHERE $where ORDER BY $key LIMIT " . ($limit + 1), $values);
        $page = array_slice($rows, 0, $limit);
        $last = count($rows) > $limit ? (string) $page[$limit - 1]['key'] : null;
        return ['orders' => $this->items($page), 'after' => $last];
    }

    public function byNumber(string $number): array
    {
        $key = $this->quote($this->config['orders']['key']);
        $column = $this->quote($this->config['orders']['number']);
        $rows = $this->select("WHERE $column = ? ORDER BY $key DESC LIMIT 20", [$number]);
        foreach ($rows as $row) {
            if ((string) $row['number'] === $number) {
                return ['orders' => $this->items([$row]), 'after' => null];
            }
        }
        return ['orders' => [], 'after' => null];
    }

    /**
     * One guarded UPDATE a row. Together in one transaction, which is quick; if the database refuses one, each stands
     * alone, and what tables without transactions have kept of the first attempt counts as written.
     */
    public function write(array $statuses, bool $again): array
    {
        $refused = [];
        $fitting = [];
        foreach ($statuses as $status) {
            if ($this->length() > 0 && vistka_characters($status->text) > $this->length()) {
                $refused[$status->key] = 'too_long';
            } else {
                $fitting[] = $status;
            }
        }
        $written = [];
        try {
            $this->pdo->beginTransaction();
            foreach ($fitting as $status) {
                if ($this->writeOne($status, $again)) {
                    $written[] = $status->key;
                }
            }
            $this->pdo->commit();
            return ['written' => $written, 'refused' => (object) $refused];
        } catch (PDOException $error) {
            $this->orAway($error);
            if ($this->pdo->inTransaction()) {
                $this->pdo->rollBack();
            }
        }
        $written = [];
        foreach ($fitting as $status) {
            try {
                if ($this->writeOne($status, true)) {
                    $written[] = $status->key;
                }
            } catch (PDOException $error) {
                $this->orAway($error);
                $refused[$status->key] = self::why($error);
            }
        }
        return ['written' => $written, 'refused' => (object) $refused];
    }

    private function writeOne(stdClass $status, bool $again): bool
    {
        $orders = $this->config['orders'];
        if (!$this->canBeKey($status->key)) {
            return false;
        }
        $values = [$status->text, $this->moment($status->at), $status->key, $status->key, $status->tracking];
        $shown = $this->quote($orders['shipment_status']);
        $guard = $status->shown === null ? "$shown IS NULL" : $this->exactly($shown);
        if ($status->shown !== null) {
            $values[] = $status->shown;
        }
        if ($again) {
            $guard = "($guard OR {$this->exactly($shown)})";
            $values[] = $status->text;
        }
        $key = $this->quote($orders['key']);
        $sql = "{$this->update()} WHERE $key = ? AND {$this->exactly($key)}"
            . " AND {$this->exactly($this->quote($orders['tracking']))} AND $guard";
        return $this->run($sql, $values)->rowCount() > 0;
    }

    private function update(): string
    {
        $orders = $this->config['orders'];
        [$text, $time] = [$this->quote($orders['shipment_status']), $this->quote($orders['shipment_status_updated'])];
        return "UPDATE {$this->quote($orders['table'])} SET $text = ?, $time = ?";
    }

    /** Equal byte by byte: collations take case, accents or trailing blanks for the same. */
    private function exactly(string $column): string
    {
        return $this->mysql
            ? "CAST(CONVERT($column USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
            : "CAST(CAST($column AS TEXT) AS BLOB) = CAST(? AS BLOB)";
    }

    private function select(string $rest, array $values): array
    {
        $orders = $this->config['orders'];
        $columns = [];
        foreach (['key', 'number', 'tracking', 'shipment_status', 'phone', 'user', 'chat', 'language'] as $name) {
            $columns[] = ($orders[$name] === '' ? 'NULL' : $this->quote($orders[$name])) . " AS `$name`";
        }
        $columns[] = "{$this->isOpen()} AS `open`";
        $sql = 'SELECT ' . implode(', ', $columns) . " FROM {$this->quote($orders['table'])} $rest";
        return $this->run($sql, array_merge($orders['open_statuses'], $values))->fetchAll();
    }

    private function isOpen(): string
    {
        $orders = $this->config['orders'];
        $places = implode(', ', array_fill(0, count($orders['open_statuses']), '?'));
        return "{$this->quote($orders['status'])} IN ($places)";
    }

    private function items(array $rows): array
    {
        $profiles = $this->profiles(array_column($rows, 'user'));
        return array_map(static function (array $row) use ($profiles): array {
            $item = ['key' => (string) $row['key']];
            foreach (['number' => 'number', 'tracking' => 'tracking', 'shown' => 'shipment_status', 'phone' => 'phone'] as $name => $column) {
                $value = $row[$column] === null ? null : (string) $row[$column];
                if ($value !== null && preg_match('//u', $value) !== 1) {
                    return ['key' => $item['key'], 'unreadable' => $name];
                }
                $item[$name] = $value;
            }
            $user = (string) $row['user'];
            return $item + [
                'chat' => vistka_text($row['chat']),
                'language' => vistka_text($row['language']),
                'profiles' => $user === '' || $user === '0' ? null : ($profiles[$user] ?? []),
                'open' => (bool) $row['open'],
            ];
        }, $rows);
    }

    /** Asked for apart from the orders: a second profile of one user cannot double an order. */
    private function profiles(array $users): array
    {
        $names = $this->config['profiles'];
        $users = array_values(array_unique(array_diff(array_map('strval', $users), ['', '0'])));
        if (!is_array($names) || $users === []) {
            return [];
        }
        $user = $this->quote($names['user']);
        $language = $names['language'] === '' ? 'NULL' : $this->quote($names['language']);
        $places = implode(', ', array_fill(0, count($users), '?'));
        $sql = "SELECT $user AS `user`, {$this->quote($names['chat'])} AS `chat`, $language AS `language`"
            . " FROM {$this->quote($names['table'])} WHERE $user IN ($places)";
        $found = [];
        foreach ($this->run($sql, $users) as $row) {
            $found[(string) $row['user']][] = ['chat' => vistka_text($row['chat']), 'language' => vistka_text($row['language'])];
        }
        return $found;
    }

    private function run(string $sql, array $values): PDOStatement
    {
        $statement = $this->pdo->prepare($sql);
        foreach (array_values($values) as $place => $value) {
            $kind = is_int($value) ? PDO::PARAM_INT : ($value === null ? PDO::PARAM_NULL : PDO::PARAM_STR);
            $statement->bindValue($place + 1, $value, $kind);
        }
        $statement->execute();
        return $statement;
    }

    private function quote(string $name): string
    {
        return implode('.', array_map(static function (string $part): string {
            return "`$part`"; // SQLite takes MySQL's quotes as well
        }, explode('.', $name)));
    }

    private function describe(string $table): array
    {
        $columns = [];
        if ($this->mysql) {
            foreach ($this->run("SHOW FULL COLUMNS FROM {$this->quote($table)}", []) as $row) {
                $columns[strtolower($row['Field'])] = self::type((string) $row['Type'], (string) $row['Collation']);
            }
        } else {
            foreach ($this->run("PRAGMA table_info({$this->quote($table)})", []) as $row) {
                $columns[strtolower($row['name'])] = self::type((string) $row['type'], '');
            }
        }
        return $columns;
    }

    private static function type(string $declared, string $collation): array
    {
        preg_match('/\A\s*([a-z]*)\s*(?:char)?\s*(?:\(\s*(\d+))?/i', $declared, $parts);
        $type = strtolower($parts[1] ?? '');
        $length = strpos($type, 'char') !== false ? (int) ($parts[2] ?? 0) : 0;
        return [$type, $type === 'tinytext' ? 127 : $length, $collation]; // 255 bytes, two for a letter of ours
    }

    private function column(string $field): array
    {
        return $this->columns['orders'][strtolower($this->config['orders'][$field])] ?? ['', 0, ''];
    }

    private function wrongTypes(): array
    {
        if (!$this->mysql) {
            return []; // its columns take anything
        }
        $problems = [];
        [$type, , $collation] = $this->column('shipment_status');
        $charset = strtok($collation, '_');
        if (!preg_match('/char|text/', $type)) {
            $problems[] = "orders.shipment_status: the column is $type; it must hold text";
        } elseif (!in_array($charset, ['utf8', 'utf8mb3', 'utf8mb4', 'utf16', 'utf32', 'ucs2', 'cp1251', 'koi8u'], true)) {
            $problems[] = "orders.shipment_status: the column is kept in $charset, which has no Ukrainian letters; make it utf8mb4";
        }
        if (!in_array($this->column('shipment_status_updated')[0], ['datetime', 'timestamp'], true)) {
            $problems[] = 'orders.shipment_status_updated: the column must hold date and time (DATETIME)';
        }
        return $problems;
    }

    private function remedy(string $field): string
    {
        $orders = $this->config['orders'];
        $types = ['shipment_status' => 'VARCHAR(255)', 'shipment_status_updated' => 'DATETIME'];
        return isset($types[$field]) ? "; ALTER TABLE {$orders['table']} ADD {$orders[$field]} {$types[$field]} NULL" : '';
    }

    private function canBeKey(string $text): bool
    {
        $type = $this->column('key')[0];
        return strpos($type, 'int') === false ? $text !== '' : preg_match('/\A(?:0|-?[1-9][0-9]*)\z/', $text) === 1;
    }

    private function moment(DateTimeImmutable $at): string
    {
        $zone = $this->column('shipment_status_updated')[0] === 'timestamp' && $this->mysql ? 'UTC' : $this->config['datetime_zone'];
        return $at->setTimezone(new DateTimeZone($zone))->format('Y-m-d H:i:s');
    }

    /** Goes on only if the database is there: then what it refused was one statement. */
    private function orAway(PDOException $error): void
    {
        try {
            $this->pdo->query('SELECT 1')->closeCursor();
        } catch (PDOException $second) {
            throw $error;
        }
    }

    /** What no waiting mends; anything else is an outage. */
    private static function unreachable(PDOException $error): Exception
    {
        $number = (int) ($error->errorInfo[1] ?? $error->getCode());
        if (in_array($number, [1044, 1045, 1698], true)) {
            return new VistkaRefused('shop_mismatch', 'user, password: the database refuses this login');
        }
        if ($number === 1049) {
            return new VistkaRefused('shop_mismatch', 'dsn: there is no such database');
        }
        if (strpos($error->getMessage(), 'could not find driver') !== false) {
            return new VistkaRefused('shop_mismatch', 'dsn: PHP has no driver for it; have the host switch it on');
        }
        return $error;
    }

    private static function why(PDOException $error): string
    {
        $state = (string) ($error->errorInfo[0] ?? '');
        $number = (int) ($error->errorInfo[1] ?? 0);
        if ($state === '22001') {
            return 'too_long';
        }
        if ($number === 1366) {
            return 'charset';
        }
        $constraint = in_array($state, ['23000', '45000'], true) || in_array($number, [19, 1644, 3819, 4025], true);
        return $constraint ? 'constraint' : 'other';
    }
}

// --- the operations --------------------------------------------------------------------------------------------------

function vistka_orders(VistkaShop $shop, array $parameters): array
{
    if (isset($parameters['number'])) {
        return $shop->byNumber($parameters['number']);
    }
    $limit = $parameters['limit'] ?? (string) VISTKA_MOST_ORDERS;
    if (preg_match('/\A[0-9]{1,6}\z/', $limit) !== 1 || (int) $limit < 1) {
        throw new VistkaRefused('request_wrong', 'limit: must be a number from 1 to 500');
    }
    return $shop->openOrders($parameters['after'] ?? null, min((int) $limit, VISTKA_MOST_ORDERS));
}

/** The body of POST statuses, all of it or nothing. */
function vistka_read_statuses(string $body): array
{
    $content = json_decode($body, false, 8, JSON_BIGINT_AS_STRING);
    $rows = $content instanceof stdClass ? ($content->statuses ?? null) : null;
    if (!is_array($rows) || count($rows) > VISTKA_MOST_ORDERS) {
        throw new VistkaRefused('request_wrong', 'statuses: must be a list of at most 500 rows');
    }
    foreach ($rows as $place => $row) {
        $where = "statuses[$place]";
        if (!$row instanceof stdClass) {
            throw new VistkaRefused('request_wrong', "$where: must be an object");
        }
        foreach (['key', 'tracking', 'text', 'at'] as $name) {
            if (!is_string($row->$name ?? null)) {
                throw new VistkaRefused('request_wrong', "$where.$name: must be text");
            }
        }
        $row->shown = $row->shown ?? null;
        if ($row->shown !== null && !is_string($row->shown)) {
            throw new VistkaRefused('request_wrong', "$where.shown: must be text or null");
        }
        $at = DateTimeImmutable::createFromFormat('!Y-m-d\TH:i:s\Z', $row->at, new DateTimeZone('UTC'));
        if ($at === false || $at->format('Y-m-d\TH:i:s\Z') !== $row->at) {
            throw new VistkaRefused('request_wrong', "$where.at: must be a time such as 2025-09-10T12:30:45Z");
        }
        $row->at = $at;
    }
    return [$rows, ($content->again ?? false) === true];
}

function vistka_check(?VistkaShop $shop, array $problems, int $now): array
{
    $found = ['software' => 'vistka-php ' . VISTKA_VERSION . ', PHP ' . PHP_VERSION, 'now' => $now, 'problems' => $problems];
    if ($shop === null) {
        return $found;
    }
    $sound = $problems === [];
    return $found + [
        'database' => $shop->name(),
        'length' => $sound ? $shop->length() : 0,
        'writable' => $sound && $shop->writable(),
    ];
}

/** What is asked, once it is known who asks. */
function vistka_answer(array $config, array $server, array $query, string $raw, int $now): array
{
    $headers = [];
    foreach (['key', 'time', 'nonce', 'signature'] as $name) {
        $headers[$name] = (string) ($server['HTTP_X_VISTKA_' . strtoupper($name)] ?? '');
    }
    $keys = vistka_keys($config);
    vistka_check_envelope($headers, $keys, $now);
    $body = vistka_unpack($raw);
    $method = (string) ($server['REQUEST_METHOD'] ?? '');
    $path = trim((string) ($server['PATH_INFO'] ?? $server['ORIG_PATH_INFO'] ?? ''), '/');
    $operation = $path !== '' ? $path : (is_string($query['path'] ?? null) ? $query['path'] : '');
    $parameters = [];
    foreach (['after', 'limit', 'number'] as $name) {
        if (is_string($query[$name] ?? null)) {
            $parameters[$name] = $query[$name];
        }
    }
    vistka_check_signature($headers, $keys, $method, $operation, $parameters, $body);
    $asked = "$method $operation";
    if ($config['problems'] !== []) {
        if ($asked === 'GET check') {
            return vistka_check(null, $config['problems'], $now);
        }
        throw new VistkaRefused('shop_mismatch', implode('; ', $config['problems']));
    }
    $shop = new VistkaShop($config);
    if (!$shop->take($headers['nonce'], $now)) {
        throw new VistkaRefused('replayed');
    }
    if (!in_array($asked, ['GET orders', 'POST statuses', 'GET check'], true)) {
        throw new VistkaRefused('operation_unknown');
    }
    $problems = $shop->problems();
    if ($asked === 'GET check') {
        return vistka_check($shop, $problems, $now);
    }
    if ($problems !== []) {
        throw new VistkaRefused('shop_mismatch', implode('; ', $problems));
    }
    if ($asked === 'GET orders') {
        return vistka_orders($shop, $parameters);
    }
    [$statuses, $again] = vistka_read_statuses($body);
    return $shop->write($statuses, $again);
}

// --- the answer ------------------------------------------------------------------------------------------------------

function vistka_text($value): ?string
{
    return $value === null || $value === '' || preg_match('//u', (string) $value) !== 1 ? null : (string) $value;
}

function vistka_characters(string $text): int
{
    return (int) preg_match_all('/./us', $text);
}

function vistka_respond(int $status, array $content, string $accepted): void
{
    $body = (string) json_encode(['vistka' => 1] + $content, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    while (ob_get_level() > 0) {
        ob_end_clean(); // what a config or a notice has printed
    }
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    if (strlen($body) > 1024 && strpos($accepted, 'gzip') !== false && function_exists('gzencode')) {
        $body = (string) gzencode($body);
        header('Content-Encoding: gzip');
    }
    header('Content-Length: ' . strlen($body));
    echo $body;
}

/** For whoever opens this file before there is a key: what to write where, with a new key that is stored nowhere. */
function vistka_help(string $address): string
{
    $secret = bin2hex(random_bytes(32));
    $shown = preg_replace('#\Ahttps?://#', "https://main:$secret@", $address);
    return <<<TEXT
    Vistka is not let in yet: vistka-config.php is missing, or has no key of at least 32 characters.

    Put this into vistka-config.php, beside vistka.php or one folder up, with the names of your own shop:

    <?php
    return [
        'keys' => ['main' => '$secret'],
        'dsn' => 'mysql:host=localhost;dbname=shop',
        'user' => '…',
        'password' => '…',
        'orders' => [
            'table' => 'orders',
            'key' => 'id',
            'number' => 'number',                  // what people call the order
            'tracking' => 'ttn',
            'status' => 'status',
            'open_statuses' => ['new', 'paid', 'sent'],
            'shipment_status' => 'shipment_status',
            'shipment_status_updated' => 'shipment_status_updated',
            'phone' => 'phone',                    // '' where there is none; user, chat and language as well
            'user' => 'customer_id',
        ],
        'profiles' => ['table' => 'customers', 'user' => 'id', 'chat' => 'telegram_chat_id'],  // or null
    ];

    The two columns, if the table has none:

    ALTER TABLE orders ADD shipment_status VARCHAR(255) NULL, ADD shipment_status_updated DATETIME NULL;

    To Vistka, as SHOP_DATABASE_URL:

    $shown?length=255

    TEXT;
}

function vistka_load(): array
{
    foreach ([__DIR__, dirname(__DIR__)] as $folder) {
        $file = "$folder/vistka-config.php";
        if (is_file($file)) {
            $given = include $file;
            return is_array($given) ? $given : [];
        }
    }
    return [];
}

function vistka_main(): void
{
    ini_set('display_errors', '0');
    ini_set('zlib.output_compression', '0');
    ob_start();
    $now = time();
    $accepted = (string) ($_SERVER['HTTP_ACCEPT_ENCODING'] ?? '');
    $statuses = [
        'request_wrong' => 400,
        'operation_unknown' => 404,
        'replayed' => 409,
        'too_large' => 413,
        'shop_mismatch' => 500,
        'no_key' => 503,
        'shop_unavailable' => 503,
    ];
    $config = vistka_config(vistka_load());
    if (vistka_keys($config) === [] && !isset($_SERVER['HTTP_X_VISTKA_KEY'])) {
        ob_end_clean();
        $secure = !in_array(strtolower((string) ($_SERVER['HTTPS'] ?? '')), ['', 'off'], true)
            || ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https'
            || in_array($_SERVER['REMOTE_ADDR'] ?? '', ['127.0.0.1', '::1'], true);
        header('Content-Type: text/plain; charset=utf-8');
        header('Cache-Control: no-store');
        $host = preg_replace('/[^A-Za-z0-9.:-]/', '', (string) ($_SERVER['HTTP_HOST'] ?? 'shop.example'));
        echo $secure ? vistka_help("https://$host" . ($_SERVER['SCRIPT_NAME'] ?? '/vistka.php')) : "Open this page over https://\n";
        return;
    }
    try {
        $raw = (string) file_get_contents('php://input', false, null, 0, VISTKA_LONGEST_PACKED + 1);
        vistka_respond(200, vistka_answer($config, $_SERVER, $_GET, $raw, $now), $accepted);
    } catch (VistkaRefused $refused) {
        $error = ['code' => $refused->reason, 'text' => $refused->getMessage()];
        if ($refused->reason === 'clock_wrong') {
            $error['now'] = $now;
        }
        vistka_respond($statuses[$refused->reason] ?? 401, ['error' => $error], $accepted);
    } catch (PDOException $error) {
        // Its words may hold values of the shop: only its number is written down.
        error_log('vistka: the database refused (' . ($error->errorInfo[1] ?? $error->getCode()) . ')');
        vistka_respond(503, ['error' => ['code' => 'shop_unavailable', 'text' => '']], $accepted);
    }
}

if (!defined('VISTKA_LIBRARY')) {
    vistka_main();
}
