-- A database of the original service, release 0.5.7, as pg_dump writes it, with every type and values that are odd.

CREATE TABLE public.alembic_version (version_num character varying(32) NOT NULL);
CREATE TABLE public.conditions (
    rule integer NOT NULL,
    context_feature character varying NOT NULL,
    feature_value character varying
);
CREATE TABLE public.configurable (setting character varying NOT NULL, context_feature character varying NOT NULL);
CREATE TABLE public.context_features (name character varying NOT NULL, index integer);
CREATE TABLE public.rule_metadata (rule integer NOT NULL, key character varying NOT NULL, value jsonb);
CREATE TABLE public.rules (id integer NOT NULL, setting character varying, value character varying NOT NULL);
CREATE SEQUENCE public.rules_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.rules_id_seq OWNED BY public.rules.id;
CREATE TABLE public.setting_aliases (setting character varying NOT NULL, alias character varying NOT NULL);
CREATE TABLE public.setting_metadata (setting character varying NOT NULL, key character varying NOT NULL, value jsonb);
CREATE TABLE public.settings (
    name character varying NOT NULL,
    type character varying NOT NULL,
    default_value character varying NOT NULL,
    version character varying NOT NULL
);
ALTER TABLE ONLY public.rules ALTER COLUMN id SET DEFAULT nextval('public.rules_id_seq'::regclass);

COPY public.alembic_version (version_num) FROM stdin;
83f0f272313f
\.

COPY public.context_features (name, index) FROM stdin;
theme	2
user	0
trust	1
\.

COPY public.settings (name, type, default_value, version) FROM stdin;
int	int	12345678901234567890123456789	1.0
float	float	1.50	2.10
str	str	"h\\u00e9 \\" \\\\ \\ud83d\\ude00 \\u0000"	1.0
bool	bool	false	1.0
enum	Enum[1,2,"a",false]	"a"	1.0
flags	Flags["a","b",true]	[]	1.0
sequence	Sequence<Mapping<float>>	[ {"b":1e2 , "a":0}, {}]	1.0
mapping	Mapping<Enum["x","y"]>	{}	10.2
null.default	float	null	1.0
_.odd..name.	Enum[0.1,1e-1,100]	0.1	01.0
\.

COPY public.configurable (setting, context_feature) FROM stdin;
int	theme
int	user
int	trust
float	trust
str	theme
bool	theme
enum	theme
flags	theme
sequence	user
mapping	theme
mapping	user
null.default	user
_.odd..name.	user
\.

COPY public.rules (id, setting, value) FROM stdin;
7	int	-0
3	int	1.0
12	int	42
15	mapping	{"k":"x"}
16	float	2
\.

COPY public.conditions (rule, context_feature, feature_value) FROM stdin;
7	theme	dark
7	user	admin
3	trust	full
15	user	0
16	trust	_
\.

COPY public.rule_metadata (rule, key, value) FROM stdin;
7	who	"ada"
7	when	{"b": [1, null], "a": 1.50}
\.

COPY public.setting_metadata (setting, key, value) FROM stdin;
int	description	"an int"
int	a-b	null
\.

COPY public.setting_aliases (setting, alias) FROM stdin;
int	old_int
int	older.int
\.

SELECT pg_catalog.setval('public.rules_id_seq', 20, true);

ALTER TABLE ONLY public.alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.conditions ADD CONSTRAINT conditions_pkey PRIMARY KEY (rule, context_feature);
ALTER TABLE ONLY public.configurable ADD CONSTRAINT configurable_pkey PRIMARY KEY (setting, context_feature);
ALTER TABLE ONLY public.context_features ADD CONSTRAINT context_features_index_key UNIQUE (index);
ALTER TABLE ONLY public.context_features ADD CONSTRAINT context_features_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.rule_metadata ADD CONSTRAINT rule_metadata_pkey PRIMARY KEY (rule, key);
ALTER TABLE ONLY public.rules ADD CONSTRAINT rules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.setting_aliases ADD CONSTRAINT setting_aliases_pkey PRIMARY KEY (setting, alias);
ALTER TABLE ONLY public.setting_metadata ADD CONSTRAINT setting_metadata_pkey PRIMARY KEY (setting, key);
ALTER TABLE ONLY public.settings ADD CONSTRAINT settings_pkey PRIMARY KEY (name);
CREATE INDEX ix_conditions_context_feature ON public.conditions USING btree (context_feature);
CREATE INDEX ix_rules_setting ON public.rules USING btree (setting);
CREATE UNIQUE INDEX ix_setting_aliases_alias ON public.setting_aliases USING btree (alias);
ALTER TABLE ONLY public.conditions ADD CONSTRAINT conditions_rule_fkey
    FOREIGN KEY (rule) REFERENCES public.rules(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.conditions ADD CONSTRAINT conditions_context_feature_fkey
    FOREIGN KEY (context_feature) REFERENCES public.context_features(name);
ALTER TABLE ONLY public.configurable ADD CONSTRAINT configurable_setting_fkey
    FOREIGN KEY (setting) REFERENCES public.settings(name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.configurable ADD CONSTRAINT configurable_context_feature_fkey
    FOREIGN KEY (context_feature) REFERENCES public.context_features(name);
ALTER TABLE ONLY public.rule_metadata ADD CONSTRAINT rule_metadata_rule_fkey
    FOREIGN KEY (rule) REFERENCES public.rules(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.rules ADD CONSTRAINT rules_setting_fkey
    FOREIGN KEY (setting) REFERENCES public.settings(name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.setting_aliases ADD CONSTRAINT setting_aliases_setting_fkey
    FOREIGN KEY (setting) REFERENCES public.settings(name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.setting_metadata ADD CONSTRAINT setting_metadata_setting_fkey
    FOREIGN KEY (setting) REFERENCES public.settings(name) ON UPDATE CASCADE ON DELETE CASCADE;
